import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineBackends, defineBff } from '../../bff/definition.ts';
import { BffError, bindSchema } from './schema.ts';

const kit = defineBackends({}).takes(z.object({ id: z.string(), tags: z.array(z.string()).default([]) }));
const { part, screen } = kit;
const order = screen({
  path: '/orders/{id}',
  field: 'order',
  parts: { id: part(({ input }) => input.id, { required: true }) },
});

async function faultsOf(field: string): Promise<readonly string[]> {
  const schema = `type Query { ${field}: Order } type Order { id: ID! }`;
  try {
    await bindSchema(defineBff({ name: 'test', schema, screens: [order] }));
    return [];
  } catch (error) {
    assert.ok(error instanceof BffError);
    return error.faults;
  }
}

describe('the arguments of a field', () => {
  it('are the members of the input', async () => {
    assert.deepEqual(await faultsOf('order(id: ID!, tags: [String!] = [])'), []);
  });

  it('must agree with it', async () => {
    assert.deepEqual(await faultsOf('order(id: ID, tags: String!, more: Int)'), [
      'Query.order: argument id must be given, so write ID!',
      'Query.order: argument tags must be a list',
      'Query.order: argument tags may be left out, so it must be nullable',
      'Query.order: argument more is no member of the input of screen /orders/{id}',
    ]);
    assert.deepEqual(await faultsOf('order(id: ID!)'), [
      'Query.order: the input of screen /orders/{id} has tags, but there is no such argument',
    ]);
  });
});
