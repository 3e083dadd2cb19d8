import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { generateTypes } from './generate.ts';
import { packageFolder } from './package-folder.fixture.ts';

const SCHEMA = 'type Query { a: A }\ntype A { b: Int }';
const OPENAPI = JSON.stringify({ openapi: '3.1.0', paths: {} });

describe("the generated files of a BFF's package", () => {
  it('are one for each backend, its operations and its schema', async (t) => {
    const folder = packageFolder(t, {
      'frontdesk.types.yaml':
        'upstreams: { my-users: ./users.json, cars: ./cars.proto }\nsupergraph: ./api.graphql\n',
      'users.json': OPENAPI,
      'cars.proto':
        'syntax = "proto3"; service Cars { rpc Find(Car) returns (Car); } message Car { string id = 1; }',
      'api.graphql': 'type Query { b: Int! }',
      'src/schema.graphql': SCHEMA,
      'src/screens/a.graphql': 'query A { b }',
    });
    const { output, files } = await generateTypes(folder);
    assert.equal(output, join(folder, 'src/generated'));
    assert.deepEqual(
      files.map(({ path }) => path),
      ['upstreams/my-users.ts', 'upstreams/cars.ts', 'upstreams.ts', 'operations.ts', 'schema.ts'],
    );
    const [, cars, upstreams] = files;
    assert.match(upstreams?.text ?? '', /import \{ myUsersBackend \} from '\.\/upstreams\/my-users\.ts';/);
    assert.match(upstreams?.text ?? '', / {2}'my-users': myUsersBackend,\n {2}cars: carsBackend,/);
    assert.match(
      cars?.text ?? '',
      /proto: new URL\('\.\.\/\.\.\/\.\.\/cars\.proto', import\.meta\.url\)\.href/,
    );
  });

  it('are none where anything is wrong, and all of it is told', async (t) => {
    const folder = packageFolder(t, {
      'frontdesk.types.yaml':
        'upstreams: { users: ./users.yaml, orders: ./orders.yaml }\nsupergraph: ./api.graphql\n',
      'users.yaml': 'openapi: 3.1.0',
      'api.graphql': 'type Query { b: Int! }',
      'src/schema.graphql': 'type Query { a: }',
      'src/a.graphql': 'query A { c }',
    });
    await assert.rejects(generateTypes(folder), (error: Error) => {
      assert.deepEqual(
        error.message.split('\n').map((line) => line.replace(`${folder}/`, '')),
        [
          'upstream users: users.yaml#/paths: has no paths: expected an OpenAPI document',
          'frontdesk.types.yaml: upstreams.orders: there is no file "./orders.yaml"',
          'src/a.graphql:1:11: Cannot query field "c" on type "Query". Did you mean "b"?',
          'src/schema.graphql:1:17: Syntax Error: Expected Name, found "}".',
        ],
      );
      return true;
    });
  });

  it('need a file that says what they are made from', async (t) => {
    await assert.rejects(generateTypes(packageFolder(t, {})), {
      message: /frontdesk\.types\.yaml: cannot be read/,
    });
    const folder = packageFolder(t, { 'frontdesk.types.yaml': 'upstream: {}\n' });
    await assert.rejects(generateTypes(folder), {
      message: /frontdesk\.types\.yaml:1:1: upstream: unknown key "upstream"; did you mean "upstreams"\?/,
    });
  });
});
