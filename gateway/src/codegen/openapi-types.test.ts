import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { typesConfig } from './config.ts';
import { openapiTypes } from './openapi-types.ts';
import { linesWith, packageFolder } from './package-folder.fixture.ts';
import { TypesError } from './types-error.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  paths: {
    '/users/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: {
        operationId: 'getUser',
        summary: 'One user',
        responses: { 200: answer({ $ref: '#/components/schemas/User' }) },
      },
      delete: { operationId: 'removeUser', responses: { 204: { description: 'Gone.' } } },
    },
    '/users': {
      get: {
        operationId: 'listUsers',
        parameters: [
          { name: 'ids', in: 'query', required: true, schema: { type: 'string' } },
          { name: 'tier', in: 'query', schema: { type: 'array', items: { enum: ['gold', 'silver'] } } },
          { name: 'tags', in: 'query', explode: false, schema: { type: 'array', items: { type: 'string' } } },
        ],
        responses: {
          200: answer(object({ users: { type: 'array', items: { $ref: '#/components/schemas/User' } } })),
        },
      },
      post: {
        operationId: 'addUser',
        parameters: [
          { name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string' } },
          { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: object({ name: { type: 'string' } }) } },
        },
        responses: { 201: answer({ $ref: '#/components/schemas/User' }), 202: { description: 'Later.' } },
      },
    },
    '/users/{id}.csv': { get: { responses: { 200: answer({}) } } },
    '/report': { get: { responses: { 200: { content: { 'text/csv': {} } } } } },
  },
  components: { schemas: { User: object({ id: { type: 'string' }, secret: { type: 'string' } }) } },
};

function answer(schema: object) {
  return { description: 'It.', content: { 'application/json': { schema } } };
}

function object(properties: object) {
  return { type: 'object', required: Object.keys(properties), properties };
}

function make(t: TestContext, settings: object = {}, document: object = DOCUMENT) {
  const folder = packageFolder(t, { 'users.json': JSON.stringify(document) });
  const config = typesConfig.parse({ upstreams: { users: { schema: 'users.json', ...settings } } }).upstreams
    .users;
  assert.ok(config);
  const source = {
    upstream: 'users',
    file: join(folder, 'users.json'),
    written: 'users.json',
    value: 'usersBackend',
  };
  return openapiTypes(source, config);
}

describe('endpoints of an OpenAPI document', () => {
  it('are typed by what they answer and what they ask', async (t) => {
    const { text } = await make(t);
    assert.deepEqual(linesWith(text, 'json<'), [
      "'/users/{id}': json<User, { readonly query?: undefined }>(),",
      "'/users': json<ListUsersAnswer, { readonly query: ListUsersQuery }>(),",
      "'/users': json<User, { readonly query?: undefined; readonly headers: AddUserHeaders; readonly body: AddUserBody }>(),",
      "'/users/{id}': json<null, { readonly query?: undefined; readonly body?: undefined }>(),",
    ]);
    assert.deepEqual(linesWith(text, 'ids'), ['readonly ids: string;']);
    assert.deepEqual(linesWith(text, 'tier'), [
      "readonly tier?: readonly ('gold' | 'silver')[] | null | undefined;",
    ]);
    assert.deepEqual(linesWith(text, 'tags'), ['readonly tags?: string | null | undefined;']);
    assert.deepEqual(linesWith(text, "'Idempotency-Key'"), ["readonly 'Idempotency-Key': string;"]);
    assert.deepEqual(linesWith(text, 'Authorization'), []);
  });

  it('that no client of a BFF can call are left out, and told', async (t) => {
    assert.deepEqual((await make(t)).notes, [
      'upstream users: GET /users/{id}.csv is left out: the path is no template',
      'upstream users: GET /report is left out: its answer 200 is no JSON',
    ]);
  });

  it('are those that were chosen, with the members that reach the BFF', async (t) => {
    const { text } = await make(t, { paths: ['/users/{id}'], strip: ['secret'] });
    assert.equal(linesWith(text, 'json<').length, 2);
    assert.deepEqual(linesWith(text, 'secret'), []);
    assert.deepEqual(linesWith(text, 'ListUsers'), []);
  });

  it('are batched where the document bears it out', async (t) => {
    const batch = { path: '/users', param: 'ids', key: 'id', items: 'users' };
    const { text } = await make(t, { batch: { '/users/{id}': batch } });
    assert.equal(linesWith(text, 'batch').length, 1);
    const faulty = async (changed: object): Promise<readonly string[]> => {
      const error: unknown = await make(t, { batch: { '/users/{id}': { ...batch, ...changed } } }).catch(
        (it) => it,
      );
      assert.ok(error instanceof TypesError);
      return error.faults;
    };
    const where = 'upstream users: batch of /users/{id}: ';
    assert.deepEqual(await faulty({ path: '/user' }), [
      `${where}there is no GET /user; did you mean "/users"?`,
    ]);
    assert.deepEqual(await faulty({ param: 'id' }), [
      `${where}GET /users has no query parameter "id"; did you mean "ids"?`,
    ]);
    assert.deepEqual(await faulty({ items: 'list' }), [
      `${where}the answer of GET /users has no member "list"`,
    ]);
    assert.deepEqual(await faulty({ key: 'nr' }), [`${where}what GET /users lists has no member "nr"`]);
  });

  it('must be there', async (t) => {
    await assert.rejects(make(t, { paths: ['/user/{id}'] }), {
      message: 'upstream users: users.json has no path "/user/{id}"; did you mean "/users/{id}"?',
    });
    await assert.rejects(make(t, {}, { openapi: '3.1.0' }), {
      message: 'upstream users: users.json#/paths: has no paths: expected an OpenAPI document',
    });
  });
});
