import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { composed } from '../testing/composed.fixture.ts';
import { readOperation } from './plan-documents.ts';
import { collectFields, type Source } from './plan-sources.ts';
import { PlanTypes } from './plan-types.ts';

const { supergraphSdl } = await composed({
  a: {
    sdl: 'type Query { x: X } interface X { n: Int m: Int } type One implements X { n: Int m: Int } type Two implements X { n: Int m: Int }',
  },
});
const types = new PlanTypes(parse(supergraphSdl));

function source(text: string, renames: Record<string, string> = {}): Source {
  const read = readOperation(text);
  assert.ok(read);
  const { selections } = read.operation.selectionSet;
  return { subgraph: 'a', fetch: undefined, selections, read, renames: new Map(Object.entries(renames)) };
}

test('fields by key, of those fragments that hold for the type, in the order of their first places', () => {
  const text = '{n ...f ... on Two {y: n} ... {m n}} fragment f on X {... on One {z: m}}';
  assert.deepEqual([...collectFields('One', [source(text)], types).keys()], ['n', 'z', 'm']);
  assert.deepEqual([...collectFields('Two', [source(text)], types).keys()], ['n', 'y', 'm']);
  assert.equal(collectFields('One', [source(text)], types).get('n')?.nodes.length, 2);
});

test('several sources are one set of keys; renamed ones stand under their new names', () => {
  const found = collectFields(
    'One',
    [source('{n}'), source('{_internal_1: m n}', { _internal_1: 'q' })],
    types,
  );
  assert.deepEqual([...found.keys()], ['n', 'q']);
});

test('what is asked for below a key remembers whose it is', () => {
  const [first, second] = [source('{x {n}}'), source('{x {m}}')];
  const below = collectFields('Query', [first, second], types).get('x')?.below ?? [];
  assert.deepEqual(
    below.map(({ read }) => read),
    [first.read, second.read],
  );
});
