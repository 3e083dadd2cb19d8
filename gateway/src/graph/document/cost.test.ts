import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { operationCost } from './cost.ts';

const schema = buildSchema(`
  directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT
  directive @listSize(assumedSize: Int, slicingArguments: [String!]) on FIELD_DEFINITION
  type Query { one: T many(first: Int = 5): [T] plain: [T] sized(n: Int): [T] @listSize(assumedSize: 3, slicingArguments: ["n"]) grid: [[T]] dear: T @cost(weight: "7") search: Int @cost(weight: "4") h: Heavy }
  type Mutation { m: T }
  type T { x: Int t: T } type Heavy @cost(weight: "20") { x: Int }`);

function cost(text: string, variables: Record<string, unknown> = {}): number {
  const [operation] = parse(text).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return operationCost(schema, operation, variables);
}

test('objects, lists and weights', () => {
  assert.equal(cost('{ one { x t { x } } }'), 2);
  assert.equal(cost('{ plain { x t { x } } }'), 20);
  assert.equal(cost('{ many { x } }'), 5);
  assert.equal(cost('{ many(first: 30) { t { x } } }'), 60);
  assert.equal(cost('{ sized { x } }'), 3);
  assert.equal(cost('{ sized(n: 8) { x } }'), 8);
  assert.equal(cost('{ grid { x } }'), 100);
  assert.equal(cost('{ dear { x } search h { x } }'), 7 + 4 + 20);
  assert.equal(cost('mutation { m { x } }'), 11);
  assert.equal(cost('{ ... { one { x } } a: one { x } }'), 2);
});

test('sizes that come as variables count, however absurd', () => {
  assert.equal(cost('query($n: Int) { many(first: $n) { x } }', { n: 12 }), 12);
  assert.equal(cost('query($n: Int) { many(first: $n) { x } }'), 5);
  assert.equal(cost('query($n: Int) { many(first: $n) { t { x } } }', { n: 1e9 }), 2e9);
  assert.equal(cost('{ many(first: -5) { x } }'), 1);
  assert.equal(cost('query($n: Int) { many(first: $n) { x } }', { n: 1e300 }), Number.MAX_SAFE_INTEGER);
});
