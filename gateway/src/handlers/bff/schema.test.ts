import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, defineBff } from '../../bff/definition.ts';
import { BffError, bindSchema } from './schema.ts';

const { part, screen } = defineBackends({});
const parts = {
  must: part(() => 1, { required: true }),
  may: part(() => 1),
  list: part<number[]>(() => [1], { fallback: [] }),
};
const home = screen({ path: '/home', field: 'home', parts });

async function faultsOf(schema: string, screens = [home]): Promise<readonly string[]> {
  try {
    await bindSchema(defineBff({ name: 'test', schema, screens }));
    return [];
  } catch (error) {
    assert.ok(error instanceof BffError);
    return error.faults;
  }
}

describe('bindSchema', () => {
  it('takes a schema that says what the screens say', async () => {
    assert.deepEqual(
      await faultsOf('type Query { home: Home! } type Home { must: Int! may: Int list: [Int!]! }'),
      [],
    );
  });

  it('wants a root type for each kind of operation', async () => {
    const flows = await faultsOf(
      'type Query { home: Home! } type Home { must: Int! may: Int list: [Int!]! } type Mutation { go: Int }',
    );
    assert.deepEqual(flows, ['Mutation.go is in the schema, but there is no such flow']);
  });

  it('names a schema that is none, and a file that is not there', async () => {
    assert.match((await faultsOf('type Query {')).join(), /the schema is invalid: Syntax Error/);
    assert.match(
      (await faultsOf('type Home { a: Nope }')).join(),
      /the schema is invalid: Unknown type "Nope"/,
    );
    const lost = defineBff({
      name: 'test',
      schema: new URL('../nowhere.graphql', import.meta.url),
      screens: [home],
    });
    await assert.rejects(bindSchema(lost), /the schema can't be read/);
  });
});
