import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildSchema, Kind, parse } from 'graphql';
import { fragmentsOf, resolveOperation } from '../document/document.ts';
import { type DataObject, isDataObject } from '../execute/data.ts';
import { Failure, type FailureEntry, publicEntry } from '../execute/failure.ts';
import { compileText } from './compile-text.ts';
import { project } from './project.ts';
import { type SelectionShape, shapeOperation } from './shape.ts';

const schema = buildSchema(`
  type Query { t: T ts: [T!] nn: T! i: I matrix: [[Int!]] }
  interface I { s: String } enum E { A B } scalar Any
  type T implements I { s: String n: Int! f: Float b: Boolean id: ID e: E any: Any t: T ts: [T!]! }
  type U implements I { s: String }`);

function shape(text: string): SelectionShape {
  const document = parse(text);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return shapeOperation(schema, resolveOperation(operation, fragmentsOf(document), {}), new Set());
}

const options = { maxErrors: 50, serviceNames: false };
const entry = (below: FailureEntry['below'] = [], fromParent = false): FailureEntry => ({
  ...publicEntry('upstream_error', 's', below),
  fromParent,
});

function told(text: string, data: DataObject): { data: unknown; paths: unknown[] } {
  const projected = project(shape(text), data, options);
  return {
    data: JSON.parse(JSON.stringify(projected.data)),
    paths: projected.errors.map(({ path }) => path),
  };
}

test('nulls climb to the nearest place that may be null', () => {
  assert.deepEqual(told('{ t { n } }', { t: { n: null } }), { data: { t: null }, paths: [['t', 'n']] });
  assert.deepEqual(told('{ ts { n } }', { ts: [{ n: 1 }, { n: null }] }), {
    data: { ts: null },
    paths: [['ts', 1, 'n']],
  });
  assert.deepEqual(told('{ nn { n } t { s } }', { nn: {} }), { data: null, paths: [['nn', 'n']] });
  assert.deepEqual(told('{ matrix }', { matrix: [[1, null], [2], null] }), {
    data: { matrix: [null, [2], null] },
    paths: [['matrix', 0, 1]],
  });
});

test('a failure is one error at its place, or below it where the selection bears that out', () => {
  assert.deepEqual(told('{ a: t { s } }', { a: Failure.of(entry(['s'])) }), {
    data: { a: null },
    paths: [['a', 's']],
  });
  assert.deepEqual(told('{ a: t { s } }', { a: Failure.of(entry(['x', 1])) }), {
    data: { a: null },
    paths: [['a']],
  });
  assert.deepEqual(told('{ ts { s } }', { ts: Failure.of(entry([7, 's'])) }), {
    data: { ts: null },
    paths: [['ts', 7, 's']],
  });
  const twice = new Failure([entry(['s']), entry(['s']), entry(['n'])]);
  assert.deepEqual(told('{ t { s n } }', { t: twice }).paths, [
    ['t', 's'],
    ['t', 'n'],
  ]);
});

test('fields that one error took are told by that error, once', () => {
  const lost = Failure.of(entry(['n'], true));
  const { data, paths } = told('{ t { s b n } }', { t: { s: lost, b: lost, n: Failure.of(entry()) } });
  assert.deepEqual({ data, paths }, { data: { t: null }, paths: [['t', 'n']] });
});

test('the type of an object decides its fields; an unknown one is refused', () => {
  const text = '{ i { __typename s ... on T { n } } }';
  assert.deepEqual(told(text, { i: { __typename: 'U', s: 'x', n: 1 } }).data, {
    i: { __typename: 'U', s: 'x' },
  });
  assert.deepEqual(told(text, { i: { __typename: 'Other', s: 'x' } }), { data: { i: null }, paths: [['i']] });
  assert.deepEqual(told(text, { i: { s: 'x' } }), { data: { i: null }, paths: [['i', '__typename']] });
  assert.deepEqual(told('{ i { s ... on T { n } } }', { i: { s: 'x' } }), {
    data: { i: { s: 'x' } },
    paths: [],
  });
  assert.deepEqual(told('{ t { __typename } }', { t: {} }).data, { t: { __typename: 'T' } });
  assert.deepEqual(told('{ t { s } }', { t: { __typename: 'U' } }), { data: { t: null }, paths: [['t']] });
});

test('errors are bounded', () => {
  const { errors } = project(
    shape('{ matrix }'),
    { matrix: Array(9).fill([null]) },
    { ...options, maxErrors: 3 },
  );
  assert.equal(errors.length, 3);
});

const odd = fc.constantFrom<unknown>(null, undefined, true, 1.5, 2 ** 31, 'C', '7', {}, [], [[]], {
  __typename: 'U',
});
const mostly = (plausible: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 25, arbitrary: plausible }, { weight: 1, arbitrary: odd });
const list = (item: fc.Arbitrary<unknown>) => mostly(fc.array(item, { maxLength: 3 }));
const { object } = fc.letrec<{ object: unknown }>((tie) => ({
  object: fc.record(
    {
      __typename: mostly(fc.constantFrom('T', 'T', 'T', undefined)),
      s: mostly(fc.string({ unit: 'binary' })),
      n: mostly(fc.integer()),
      f: mostly(fc.double({ noNaN: true, noDefaultInfinity: true })),
      b: mostly(fc.boolean()),
      id: mostly(fc.string()),
      e: mostly(fc.constantFrom('A', 'B')),
      any: fc.jsonValue(),
      t: fc.option(tie('object'), { maxDepth: 2 }),
      ts: list(fc.record({ s: mostly(fc.string()), n: fc.integer(), e: fc.constant('A') })),
    },
    { requiredKeys: ['n', 'e', 'ts'] },
  ),
}));

test('generated code writes what the book says, or leaves it to the book', () => {
  const selection =
    shape(`{ t { ...F t { ...F __typename ts { ...F } } } ts { n s } i { __typename s ... on T { ...F } } matrix j: i { s } }
    fragment F on T { s n f b id e any }`);
  const write = compileText(selection);
  let written = 0;
  fc.assert(
    fc.property(
      fc.record({
        t: object,
        ts: list(object),
        i: object,
        matrix: list(list(fc.integer())),
        j: mostly(object),
      }),
      (value) => {
        const data: unknown = JSON.parse(JSON.stringify(value));
        assert.ok(isDataObject(data));
        const text = write(data, false);
        if (text === undefined) return;
        written += 1;
        const projected = project(selection, data, options);
        assert.deepEqual(projected.errors, []);
        assert.equal(text, JSON.stringify(projected.data));
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(written > 100, `only ${written} were written`);
});
