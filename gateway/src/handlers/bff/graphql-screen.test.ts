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

describe('a screen in the schema', () => {
  it('names every disagreement at once', async () => {
    assert.deepEqual(
      await faultsOf('type Query { home: Home other: Int } type Home { must: Int may: Int! extra: Int }'),
      [
        'Home.extra: screen /home has no such part',
        'Home.must: the part is required, so write Int!',
        'Home.may: the part may fail, so it must be nullable, or have a fallback',
        'screen /home: the schema has no Home.list',
        'Query.other is in the schema, but there is no such screen',
      ],
    );
  });

  it('refuses a screen without a field or object type, and two of one type', async () => {
    assert.match((await faultsOf('type Query { a: Int }')).join(), /the schema has no Query.home/);
    assert.match((await faultsOf('type Query { home: Int }')).join(), /is not of an object type/);
    const twin = screen({ path: '/twin', field: 'twin', parts });
    const faults = await faultsOf(
      'type Query { home: Home twin: Home } type Home { must: Int! may: Int list: [Int!]! }',
      [home, twin],
    );
    assert.deepEqual(faults, ['screens /home and /twin: both are of type Home; give each its own']);
  });
});
