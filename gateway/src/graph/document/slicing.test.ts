import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import type { ListSize } from './cost-weights.ts';
import { type Amount, sizesOf } from './slicing.ts';

const schema = buildSchema(`type Query {
  list(first: Int, last: Int = 4, page: Page): [Int] one(limit: Int): One none: [Int]
} type One { edges: [Int] } input Page { size: Int }`);
const LIMITS = { listSize: 100, strict: true };

function sizes(text: string, listSize?: Partial<ListSize>, limits = LIMITS) {
  const [operation] = parse(text).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const [node] = operation.selectionSet.selections;
  assert.ok(node?.kind === Kind.FIELD);
  const definition = schema.getQueryType()?.getFields()[node.name.value] ?? assert.fail();
  const whole = listSize && {
    assumedSize: undefined,
    slicingArguments: [],
    sizedFields: [],
    requireOne: false,
    ...listSize,
  };
  return sizesOf(definition, node, node.name.value !== 'one', whole, limits);
}

const resolved = (amount: Amount | undefined, variables: Record<string, unknown> = {}) =>
  typeof amount === 'function' ? amount(variables) : amount;

test('usual names: what is given counts, the larger of two, then what is assumed', () => {
  assert.equal(sizes('{ list(first: 7) }').own, 7);
  assert.equal(sizes('{ list(first: 2) }').own, 4);
  assert.equal(sizes('{ list(last: null) }').own, 10);
  assert.equal(sizes('{ none }').own, 10);
  const one = sizes('query($n: Int) { one(limit: $n) { edges } }');
  assert.equal(one.own, 1);
  assert.equal(resolved(one.below?.get('edges'), { n: 6 }), 6);
  assert.equal(resolved(one.below?.get('edges'), {}), 10);
  assert.equal(one.below?.get('other'), undefined);
});

test('what depends on no variable is a number from the start', () => {
  const slicingArguments = [['page', 'size']];
  assert.equal(typeof sizes('{ list(page: { size: 3 }) }', { slicingArguments }).own, 'number');
  const byVariable = sizes('query($n: Int) { list(page: { size: $n }) }', { slicingArguments }).own;
  assert.equal(typeof byVariable, 'function');
  assert.equal(resolved(byVariable, { n: 3 }), 3);
});

test('exactly one, where that is wanted and where somebody counts', () => {
  const listSize = { slicingArguments: [['first'], ['page', 'size']], requireOne: true };
  assert.equal(sizes('{ list(first: 7) }', listSize).own, 7);
  assert.throws(() => sizes('{ list }', listSize), { code: 'invalid_query' });
  assert.throws(() => sizes('{ list(first: 1, page: { size: 1 }) }', listSize), { code: 'invalid_query' });
  assert.equal(sizes('{ list }', listSize, { listSize: 100, strict: false }).own, 10);
});

test('a number beyond the limit is refused when it is known', () => {
  assert.throws(() => sizes('{ list(first: 101) }'), { code: 'invalid_query' });
  const later = sizes('query($n: Int) { list(first: $n) }').own;
  assert.equal(resolved(later, { n: 100 }), 100);
  assert.throws(() => resolved(later, { n: 101 }), { code: 'invalid_query' });
  assert.throws(() => resolved(later, { n: -1 }), { code: 'invalid_query' });
});
