import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { composeSupergraph } from '../supergraph/compose.ts';
import { compileCost } from './cost.ts';
import { CostWeights } from './cost-weights.ts';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", { name: "@listSize", as: "@size" }])
  directive @link(url: String!, import: [Import]) repeatable on SCHEMA
  scalar Import
  directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
  directive @size(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  type Query {
    one: T many(first: Int = 5): [T] plain: [T] grid: [[T]] dear: T @cost(weight: 7) search: Int @cost(weight: 4) h: Heavy
    sized(n: Int): [T] @size(assumedSize: 3, slicingArguments: ["n"], requireOneSlicingArgument: false)
    exact(n: Int, m: Int): [T] @size(slicingArguments: ["n", "m"])
    nested(page: Page): [T] @size(assumedSize: 2, slicingArguments: ["page.slice.count"], requireOneSlicingArgument: false)
    page(first: Int): TPage @size(assumedSize: 4, slicingArguments: ["first"], sizedFields: ["rows"], requireOneSlicingArgument: false)
    connection(first: Int): Connection hashes: [Hash]
    asked(by: By, dear: Int @cost(weight: 6), list: [By!]): Int
    any: [Any]
  }
  type Mutation { m: T }
  type T { x: Int t: T } type Heavy @cost(weight: 20) { x: Int }
  type TPage { rows: [T] total: Int } type Connection { edges: [Edge] } type Edge { node: T }
  input Page { slice: Slice } input Slice { count: Int }
  input By { key: String @cost(weight: 2) more: By hash: Hash }
  scalar Hash @cost(weight: 3)
  union Any = T | Heavy`;

const document = parse(SDL);
const schema = buildSchema(SDL);
const weights = new CostWeights(document);
const LIMITS = { listSize: 1000, strict: true };

function cost(text: string, variables: Record<string, unknown> = {}, limits = LIMITS): number {
  const [operation] = parse(text).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return compileCost(schema, weights, operation, limits)(variables);
}

test('objects, lists and weights', () => {
  assert.equal(cost('{ one { x t { x } } }'), 2);
  assert.equal(cost('{ plain { x t { x } } }'), 20);
  assert.equal(cost('{ many { x } }'), 5);
  assert.equal(cost('{ many(first: 30) { t { x } } }'), 60);
  assert.equal(cost('{ sized { x } }'), 3);
  assert.equal(cost('{ sized(n: 8) { x } }'), 8);
  assert.equal(cost('{ sized(n: null) { x } }'), 3);
  assert.equal(cost('{ grid { x } }'), 100);
  assert.equal(cost('{ dear { x } search h { x } }'), 7 + 4 + 20);
  assert.equal(cost('{ hashes }'), 30);
  assert.equal(cost('mutation { m { x } }'), 11);
  assert.equal(cost('{ any { ... on T { x } ... on Heavy { x } } }'), 10);
});

test('a key that stands twice is one field, and what it selects adds up', () => {
  assert.equal(cost('{ ... { one { x } } a: one { x } }'), 2);
  assert.equal(cost('{ one { x } one { t { x } } ... { one { t { t { x } } } } }'), 1 + 1 + 2);
  assert.equal(cost('mutation { m { x } ... { m { x } } }'), 11);
});

test('slicing arguments: in input objects, by variables, over the lists of a page', () => {
  assert.equal(cost('{ nested(page: { slice: { count: 6 } }) { x } }'), 6 + 2);
  assert.equal(cost('query($p: Page) { nested(page: $p) { x } }', { p: { slice: { count: 6 } } }), 6 + 2);
  assert.equal(cost('query($n: Int) { nested(page: { slice: { count: $n } }) { x } }', { n: 7 }), 7 + 2);
  assert.equal(cost('query($p: Page) { nested(page: $p) { x } }', { p: { slice: null } }), 2 + 1);
  assert.equal(cost('{ page(first: 6) { total rows { x } } }'), 1 + 6);
  assert.equal(cost('{ page { ... { rows { x } } } }'), 1 + 4);
  assert.equal(cost('{ connection(first: 6) { edges { node { x } } } }'), 1 + 6 * 2);
  assert.equal(cost('{ connection { edges { node { x } } } }'), 1 + 10 * 2);
});

test('input objects and weighed values cost what they weigh, as literals and as variables', () => {
  assert.equal(cost('{ asked(by: { key: "a", more: { key: "b" } }) }'), 1 + 2 + 1 + 2);
  const by = { key: 'a', more: { key: 'b', hash: 1 } };
  assert.equal(cost('query($by: By) { asked(by: $by) }', { by }), 1 + 2 + 1 + 2 + 3);
  assert.equal(cost('query($k: String) { asked(by: { key: $k }) }', { k: 'a' }), 3);
  assert.equal(cost('query($k: String) { asked(by: { key: $k }) }', {}), 1);
  assert.equal(cost('{ asked(dear: 1, list: [{}, { key: "a" }]) }'), 6 + 1 + 3);
  assert.equal(cost('query($l: [By!]) { asked(list: $l) }', { l: [{}, {}] }), 2);
  assert.equal(cost('{ asked(by: null) }'), 1);
});

test('sizes that come as variables count, however absurd where no limit stands', () => {
  const open = { listSize: Number.POSITIVE_INFINITY, strict: false };
  assert.equal(cost('query($n: Int) { many(first: $n) { x } }', { n: 12 }), 12);
  assert.equal(cost('query($n: Int) { many(first: $n) { x } }'), 5);
  assert.equal(cost('query($n: Int) { many(first: $n) { t { x } } }', { n: 1e9 }, open), 2e9);
  assert.equal(cost('query($n: Int) { many(first: $n) { x } }', { n: 1e300 }, open), Number.MAX_SAFE_INTEGER);
});

test('more items than may be asked for, or fewer than none, are refused', () => {
  const refused = (text: string, variables: Record<string, unknown>, reason: RegExp) =>
    assert.throws(
      () => cost(text, variables),
      (error: Error & { members?: { reason?: string } }) => reason.test(error.members?.reason ?? ''),
    );
  refused('{ many(first: 1001) { x } }', {}, /more than 1000 items/);
  refused('{ many(first: -1) { x } }', {}, /less than no items/);
  refused('query($n: Int) { many(first: $n) { x } }', { n: 1e9 }, /more than 1000 items/);
  refused('{ connection(first: 1e9) { edges { node { x } } } }', {}, /more than 1000 items/);
  refused('query($p: Page) { nested(page: $p) { x } }', { p: { slice: { count: 2000 } } }, /more than 1000/);
  refused('{ exact { x } }', {}, /exactly one of "n", "m"/);
  refused('query($n: Int) { exact(n: 1, m: $n) { x } }', { n: 2 }, /exactly one/);
  assert.equal(cost('query($n: Int) { exact(n: 1, m: $n) { x } }'), 1);
});

test('weights come through composition, under imported names and namespaces', async () => {
  const compose = async (head: string, cost: string, size: string) => {
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9"${head})
      type Query { us(n: Int): [U] ${size}(slicingArguments: ["n"]) } type U ${cost}(weight: 5) { id: ID }`;
    const composed = await composeSupergraph([{ name: 'a', url: 'http://a.test', sdl }]);
    assert.ok('supergraphSdl' in composed, JSON.stringify(composed));
    const supergraph = parse(composed.supergraphSdl);
    const [operation] = parse('{ us(n: 3) { id } }').definitions;
    assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
    const api = buildSchema('type Query { us(n: Int): [U] } type U { id: ID }');
    return compileCost(api, new CostWeights(supergraph), operation, LIMITS)({});
  };
  assert.equal(await compose(', import: ["@cost", "@listSize"]', '@cost', '@listSize'), 15);
  const renamed = ', import: [{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@rows" }]';
  assert.equal(await compose(renamed, '@price', '@rows'), 15);
  assert.equal(await compose('', '@federation__cost', '@federation__listSize'), 15);
  assert.equal(await compose(', as: "fed"', '@fed__cost', '@fed__listSize'), 15);
});
