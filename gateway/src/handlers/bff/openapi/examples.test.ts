import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema } from 'graphql';
import { z } from 'zod';
import { defineBackends } from '../../../bff/definition.ts';
import { AnswerShapes } from '../answer-shape.ts';
import { exampleFaults } from './examples.ts';

const { part, screen } = defineBackends({}).takes(
  z.object({ id: z.string(), first: z.int().min(1).optional() }),
);
const schema = buildSchema(`
  type Query { order(id: ID!, first: Int): Order }
  type Order { head: Head! }
  type Head { id: ID! status: String! }
`);

function faults(answer: unknown, input: Record<string, unknown>): string[] {
  const parts = { head: part(() => ({ id: '1', status: 'SENT' }), { required: true }) };
  const order = screen({ path: '/order', field: 'order', parts, examples: { one: { input, answer } } });
  return exampleFaults({ screens: [order] }, schema, new AnswerShapes(schema));
}

test('an example that the operation would refuse, or never give, is a fault of the BFF', () => {
  const head = { id: 'o1', status: 'SENT' };
  assert.deepEqual(faults({ head }, { id: 'o1' }), []);
  assert.match(
    faults({ head }, { id: 'o1', first: 0 })[0] ?? '',
    /^screen order: example one: its input: \/first /,
  );
  assert.deepEqual(faults({ head: { id: 'o1' } }, { id: 'o1' }), [
    'screen order: example one: its answer: Head.status is null',
  ]);
  assert.match(
    faults({ head: { ...head, oops: 1 } }, { id: 'o1' })[0] ?? '',
    /head.oops is not in the schema/,
  );
});
