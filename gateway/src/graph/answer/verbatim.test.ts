import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildSchema, Kind, parse } from 'graphql';
import { fragmentsOf, resolveOperation } from '../document/document.ts';
import { isDataObject } from '../execute/data.ts';
import { compileText } from './compile-text.ts';
import { shapeOperation } from './shape.ts';
import { compileMeasure } from './verbatim.ts';

const schema = buildSchema(`
  type Query { t: T ts: [T] nn: T! any: Any union: W lists: [[Int!]!] }
  scalar Any enum E { A BB } union W = T | V type V { v: Boolean }
  type T { s: String! i: Int f: Float b: Boolean id: ID! e: E t: T }`);

function shapeOf(text: string) {
  const document = parse(text);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const fieldNames = new Set(['s', 'i', 'f', 'b', 'id', 'e', 't', 'ts', 'nn', 'lists']);
  return shapeOperation(schema, resolveOperation(operation, fragmentsOf(document), {}), fieldNames);
}

function measure(query: string, text: string): number {
  const data: unknown = JSON.parse(text);
  assert.ok(isDataObject(data));
  const compiled = compileMeasure(shapeOf(query));
  assert.ok(compiled);
  return compiled(data);
}

test('what a client selected, as it would be written, is as long as its text', () => {
  for (const [query, text] of [
    ['{ t { s i f b id e } }', '{"t":{"s":"x","i":-12,"f":1.5e+30,"b":false,"id":"","e":"BB"}}'],
    ['{ ts { s } }', '{"ts":[{"s":"a"},null,{"s":"b"}]}'],
    ['{ ts { s } }', '{"ts":[]}'],
    ['{ ts { s } t { id } }', '{"ts":null,"t":null}'],
    ['{ lists }', '{"lists":[[1,22],[]]}'],
    ['{ x: t { y: s __typename } }', '{"x":{"y":"é","__typename":"T"}}'],
  ] as const) {
    assert.equal(measure(query, text), text.length, text);
  }
});

test('another order, other keys, other types, a null that may not be: not what was selected', () => {
  for (const [query, text] of [
    ['{ t { s i } }', '{"t":{"i":1,"s":"x"}}'],
    ['{ t { s } }', '{"t":{"s":"x","i":1}}'],
    ['{ t { s i } }', '{"t":{"s":"x"}}'],
    ['{ t { s } }', '{"t":{"s":null}}'],
    ['{ t { s } }', '{"t":{"s":1}}'],
    ['{ t { i } }', '{"t":{"i":1.5}}'],
    ['{ t { e } }', '{"t":{"e":"C"}}'],
    ['{ t { b } }', '{"t":{"b":"true"}}'],
    ['{ t { s } }', '{"t":[]}'],
    ['{ ts { s } }', '{"ts":{}}'],
    ['{ nn { s } }', '{"nn":null}'],
    ['{ lists }', '{"lists":[null]}'],
    ['{ t { __typename } }', '{"t":{"__typename":"V"}}'],
    ['{ t { s } }', '{"t":{"s":"x"},"__proto__":1}'],
  ] as const) {
    assert.equal(measure(query, text), -1, text);
  }
});

test('blanks, numbers written longer than they need, and keys given twice make a text too long', () => {
  for (const [query, text] of [
    ['{ t { i } }', '{"t": {"i":1}}'],
    ['{ t { i } }', '{"t":{"i":1.0}}'],
    ['{ t { i } }', '{"t":{"i":7,"i":1}}'],
  ] as const) {
    assert.ok(measure(query, text) < text.length, text);
  }
});

test('shapes whose types or values need more than a look are never a reply’s own text', () => {
  assert.equal(compileMeasure(shapeOf('{ any }')), undefined);
  assert.equal(compileMeasure(shapeOf('{ union { __typename } }')), undefined);
});

test('a length that fits is the length of the very text that would be written', () => {
  const shape = shapeOf('{ t { s i f b e t { id } } lists nn { s } }');
  const compiled = compileMeasure(shape);
  const write = compileText(shape);
  assert.ok(compiled);
  const plain = fc.stringMatching(/^[a-z é]{0,4}$/);
  const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 8 });
  const t = fc.record({
    s: plain,
    i: nullable(fc.integer()),
    f: nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
    b: nullable(fc.boolean()),
    e: nullable(fc.constantFrom('A', 'BB', 'C')),
    t: nullable(fc.record({ id: plain })),
  });
  const lists = nullable(fc.array(fc.array(nullable(fc.integer()), { maxLength: 3 }), { maxLength: 3 }));
  let measured = 0;
  fc.assert(
    fc.property(fc.record({ t: nullable(t), lists, nn: fc.record({ s: plain }) }), (value) => {
      const data: unknown = JSON.parse(JSON.stringify(value));
      assert.ok(isDataObject(data));
      const length = compiled(data);
      const text = write(data, true);
      if (length >= 0) measured += 1;
      assert.equal(length, text === undefined ? -1 : text.length);
    }),
    { numRuns: 1000 },
  );
  assert.ok(measured > 100, `${measured} were measured`);
});
