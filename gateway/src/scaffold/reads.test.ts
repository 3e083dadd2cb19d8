import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describedBackend } from './reads.ts';
import { backendOf, fileOf, ID, readOf, USER } from './testing.fixture.ts';

it('finds what is read as JSON, with what must be given for it', async (t) => {
  const page = { name: 'page', in: 'query', required: true, schema: { type: 'integer' } };
  const optional = { name: 'sort', in: 'query', schema: { type: 'string' } };
  const { reads, server } = await backendOf(
    t,
    {
      '/users/{id}': { parameters: [ID], ...readOf(USER, [page, optional]) },
      '/text': { get: { responses: { 200: { content: { 'text/plain': {} } } } } },
      '/new': { post: { responses: { 201: { content: { 'application/json': { schema: USER } } } } } },
      '/failing': { get: { responses: { 404: { content: { 'application/json': { schema: USER } } } } } },
    },
    { servers: [{ url: '/v1' }] },
  );
  assert.equal(server, '/v1');
  assert.deepEqual(
    reads.map(({ path, needs, sample }) => ({ path, needs, sample })),
    [
      {
        path: '/users/{id}',
        needs: [
          { name: 'id', in: 'path', type: 'string', sample: '42' },
          { name: 'page', in: 'query', type: 'integer', sample: 1 },
        ],
        sample: { id: 'u1', age: 18 },
      },
    ],
  );
});

it('leaves out a read that needs what a screen can not be given', async (t) => {
  const need = (more: object): object => ({ name: 'x', in: 'query', required: true, ...more });
  const string = { type: 'string' };
  const { reads } = await backendOf(t, {
    '/header': readOf(USER, [need({ in: 'header', schema: string })]),
    '/list': readOf(USER, [need({ schema: { type: 'array', items: string } })]),
    '/dashed': readOf(USER, [need({ name: 'x-y', schema: string })]),
    '/fine': readOf(USER, [need({ schema: string })]),
  });
  assert.deepEqual(
    reads.map(({ path }) => path),
    ['/fine'],
  );
});

it('shows the answer that the document gives as its example', async (t) => {
  const media = (content: object): object => ({
    get: { responses: { 200: { content: { 'application/json': { schema: USER, ...content } } } } },
  });
  const { reads } = await backendOf(t, {
    '/one': media({ example: { id: 'a', age: 1 } }),
    '/more': media({ examples: { first: { value: { id: 'b', age: 2 } }, second: {} } }),
  });
  assert.deepEqual(
    reads.map(({ sample }) => sample),
    [
      { id: 'a', age: 1 },
      { id: 'b', age: 2 },
    ],
  );
});

it('says where a file is no OpenAPI document', async (t) => {
  await assert.rejects(describedBackend(fileOf(t, '{"openapi":"3.1.0"}')), /expected an OpenAPI document/);
});
