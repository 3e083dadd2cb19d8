import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { fragmentsOf, resolveOperation } from '../document/document.ts';
import type { DataObject } from '../execute/data.ts';
import { Failure, publicEntry } from '../execute/failure.ts';
import { compileText } from './compile-text.ts';
import { shapeOperation } from './shape.ts';

const schema = buildSchema(`
  type Query { t: T ts: [T] nn: T! any: Any anys: [[Any!]] e: E! union: W }
  scalar Any enum E { A B } union W = T | V type V { v: Boolean }
  type T { s: String! i: Int f: Float b: Boolean id: ID! }`);

/** Writes what a selection makes of data, in which strings may hold anything unless `plain`. */
function writer(text: string, shared: ReadonlySet<string> = new Set(), plain = false) {
  const document = parse(text);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const selection = shapeOperation(
    schema,
    resolveOperation(operation, fragmentsOf(document), {}),
    new Set(['s']),
  );
  const write = compileText(selection, shared);
  return (data: DataObject) => write(data, plain);
}

test('writes every kind of value', () => {
  const write = writer('{ t { s i f b id } ts { s } any anys e union { ... on V { v } __typename } }');
  const data = {
    t: { s: 'a"b', i: -1, f: 1e21, b: false, id: 'x' },
    ts: [{ s: '' }, null],
    any: { deep: [1, null] },
    anys: [['x', 1], null, []],
    e: 'B',
    union: { __typename: 'V', v: null },
  };
  assert.equal(
    write(data),
    '{"t":{"s":"a\\"b","i":-1,"f":1e+21,"b":false,"id":"x"},"ts":[{"s":""},null],"any":{"deep":[1,null]},' +
      '"anys":[["x",1],null,[]],"e":"B","union":{"v":null,"__typename":"V"}}',
  );
});

test('names are data: aliases that are names of properties, and what clients call __typename', () => {
  const write = writer('{ constructor: t { __proto__: id toString: i __typename: s } }');
  const data = JSON.parse('{"constructor":{"__proto__":"1","_internal_fd___typename":"x"}}');
  assert.equal(write(data), '{"constructor":{"__proto__":"1","toString":null,"__typename":"x"}}');
});

test('gives up at whatever is out of the ordinary', () => {
  const write = writer('{ t { s i f b id } nn { s } e ts { i } union { __typename } }');
  const good = { t: null, nn: { s: 'x' }, e: 'A', ts: null, union: null };
  assert.ok(write(good));
  const odd: Record<string, unknown>[] = [
    { nn: null },
    { nn: { s: null } },
    { nn: { s: 1 } },
    { nn: [] },
    { nn: 'x' },
    { nn: { s: 'x', __typename: 'V' } },
    { e: 'C' },
    { e: 1 },
    { t: { s: 'a', id: 1 } },
    { t: { s: 'a', id: 'a', i: 1.5 } },
    { t: { s: 'a', id: 'a', i: 2 ** 31 } },
    { t: { s: 'a', id: 'a', b: 1 } },
    { t: { s: 'a', id: 'a', f: '1' } },
    { ts: {} },
    { ts: [[]] },
    { union: {} },
    { union: { __typename: 'Query' } },
    { t: Failure.of(publicEntry('internal', undefined)) },
  ];
  for (const change of odd) assert.equal(write({ ...good, ...change }), undefined, JSON.stringify(change));
});

test('strings of plain data are only put in quotes', () => {
  const data = { t: { s: 'no "escape" was in the reply', id: 'x' } };
  assert.equal(
    writer('{ t { s id } }', new Set(), true)(data),
    '{"t":{"s":"no "escape" was in the reply","id":"x"}}',
  );
  assert.equal(writer('{ t { s id } }')(data), '{"t":{"s":"no \\"escape\\" was in the reply","id":"x"}}');
});

test('the text of a list that many places share is made once an answer, and once for each selection', () => {
  const write = writer('{ a: ts { i } b: ts { i s } c: ts { i } }', new Set(['a', 'b', 'c']));
  let read = 0;
  const item = {
    get i() {
      read += 1;
      return read;
    },
    s: 'x',
  };
  const list = [item];
  assert.equal(write({ a: list, b: list, c: [item] }), '{"a":[{"i":1}],"b":[{"i":2,"s":"x"}],"c":[{"i":3}]}');
  assert.equal(write({ a: list, b: null, c: [] }), '{"a":[{"i":4}],"b":null,"c":[]}');
  const nested = writer('{ a: ts { i } a: ts { i } }', new Set(['a']));
  assert.equal(nested({ a: list }), '{"a":[{"i":5}]}');
});
