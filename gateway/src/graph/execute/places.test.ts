import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadSupergraph, type TypeIndex } from '../supergraph/supergraph.ts';
import { companySupergraph } from '../testing/company.fixture.ts';
import type { DataObject, WrittenKey } from './data.ts';
import { Failure, type FailureEntry, publicEntry } from './failure.ts';
import { cloneData, compileMerge, compilePath, compileRenames, failKeys, ofTypes } from './places.ts';

let types: TypeIndex;
before(async () => {
  ({ types } = await loadSupergraph(await companySupergraph()));
});

const failure = Failure.of(publicEntry('upstream_error', undefined));
const leaf = (key: string): WrittenKey => ({ key, signature: key, below: [] });

function found(path: (string | string[])[], root: DataObject): DataObject[] {
  const places: DataObject[] = [];
  const segments = path.map((segment) =>
    typeof segment === 'string'
      ? ({ kind: 'field', name: segment } as const)
      : ({ kind: 'type', types: segment } as const),
  );
  compilePath(segments, types)(root, places);
  return places;
}

test('places are found through lists of lists; nulls, failures and scalars end the way', () => {
  const x = { n: 1 };
  const y = { n: 2 };
  const root = { a: [[{ b: x }, null], [], [{ b: [y, failure, 3] }, failure, { b: null }, {}]] };
  assert.deepEqual(found(['a', 'b'], root), [x, y]);
  assert.deepEqual(found([], root), [root]);
  assert.deepEqual(found(['constructor'], root), []);
  assert.deepEqual(found(['__proto__'], JSON.parse('{"__proto__":{"own":1}}')), [{ own: 1 }]);
});

test('what many places share is walked through once, whatever leads to it', () => {
  const list = [{ n: 1 }, { n: 2 }];
  const one = { n: 3 };
  const root = { a: [{ b: list, c: one }, { b: list, c: one }, { b: null, c: [one] }, { b: [] }] };
  const walk = (name: string, shared: string[]): unknown[] => {
    const places: DataObject[] = [];
    const collect = compilePath(
      ['a', name].map((key) => ({ kind: 'field', name: key }) as const),
      types,
      new Set(shared),
    );
    collect(root, places);
    const again: DataObject[] = [];
    collect(root, again);
    assert.deepEqual(again, places);
    return places.map(({ n }) => n);
  };
  assert.deepEqual(walk('b', []), [1, 2, 1, 2]);
  assert.deepEqual(walk('b', ['b']), [1, 2]);
  assert.deepEqual(walk('c', ['a', 'c']), [3, 3]);
});

test('types on the way hold for objects of that type, of a type below it, and of nobody without a type', () => {
  const root = {
    a: [
      { __typename: 'Book', id: 1 },
      { __typename: 'Film', id: 2 },
      { id: 3 },
      { __typename: 'User', id: 4 },
    ],
  };
  assert.deepEqual(
    found(['a', ['Book']], root).map(({ id }) => id),
    [1],
  );
  assert.deepEqual(
    found(['a', ['Media']], root).map(({ id }) => id),
    [1, 2],
  );
});

test('a merge writes the keys of its fetch alone, odd names too', () => {
  const merge = compileMerge([leaf('a'), leaf('__proto__'), leaf('constructor')], types);
  const target: DataObject = { z: 0 };
  merge(target, JSON.parse('{"a":1,"__proto__":2,"constructor":3,"other":4}'));
  assert.equal(JSON.stringify(target), '{"z":0,"a":1,"__proto__":2,"constructor":3}');
  merge(target, { a: 5 });
  assert.equal(target.a, 5);
});

test('keys that the planner had renamed get their clients’ names, by type', () => {
  const rename = compileRenames(
    [
      {
        path: [
          { kind: 'key', name: 'a' },
          { kind: 'type', types: ['Film'] },
          { kind: 'key', name: '_1' },
        ],
        renameTo: 'size',
      },
    ],
    types,
  );
  const data = { a: [{ __typename: 'Film', _1: 5 }, { __typename: 'Book', _1: 6 }, null, { _1: 7 }] };
  rename?.(data);
  assert.deepEqual(data.a, [
    { __typename: 'Film', size: 5 },
    { __typename: 'Book', _1: 6 },
    null,
    { size: 7 },
  ]);
  assert.equal(compileRenames([], types), undefined);
});

test('a copy shares nothing with its original', () => {
  const original: DataObject = JSON.parse('{"a":[{"b":1}],"__proto__":{"x":1}}');
  const copy = cloneData(original);
  assert.deepEqual(copy, original);
  assert.ok(typeof copy === 'object' && copy !== null && 'a' in copy && copy.a !== original.a);
});

test('of keys that are lost, one fails by its own error, the others by the one that took them', () => {
  const entry = (below: FailureEntry['below']): FailureEntry => publicEntry('upstream_error', 's', below);
  const target: DataObject = { known: 1 };
  failKeys(target, [leaf('a'), leaf('b'), leaf('known')], [entry(['b', 2, 'c'])]);
  const { a, b } = target;
  assert.ok(a instanceof Failure && b instanceof Failure);
  assert.deepEqual(b.entries, [{ ...entry([2, 'c']), fromParent: false }]);
  assert.deepEqual(a.entries, [{ ...entry(['b', 2, 'c']), fromParent: true }]);
  assert.equal(target.known, 1);
});

test('where a reply tells no type, the renamed key itself says whether it is meant', () => {
  const rename = compileRenames(
    [
      {
        path: [
          { kind: 'type', types: ['Film'] },
          { kind: 'key', name: 'n__alias_0' },
        ],
        renameTo: 'n',
      },
    ],
    types,
  );
  const data = [{ n__alias_0: 1 }, { n: 2 }, { __typename: 'Book', n__alias_0: 3 }];
  rename?.(data);
  assert.deepEqual(data, [{ n: 1 }, { n: 2 }, { __typename: 'Book', n__alias_0: 3 }]);
});

test('places of the types that a batch is for: one whose type is not known is with those who want all', () => {
  const root = { list: ['A', 'B', 'C', undefined].map((type) => (type ? { __typename: type } : {})) };
  const all = (from: DataObject, found: DataObject[]) => {
    for (const place of root.list) if (from === root) found.push(place);
  };
  const found = (batch: { of?: string[]; notOf?: string[] }) => {
    const places: DataObject[] = [];
    ofTypes(batch, all)(root, places);
    return places.map(({ __typename }) => __typename);
  };
  assert.deepEqual(found({}), ['A', 'B', 'C', undefined]);
  assert.deepEqual(found({ notOf: ['B'] }), ['A', 'C', undefined]);
  assert.deepEqual(found({ of: ['B', 'C'] }), ['B', 'C']);
});
