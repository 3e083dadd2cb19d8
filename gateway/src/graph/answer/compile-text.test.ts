import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { fragmentsOf, resolveOperation } from '../document/document.ts';
import { Failure, publicEntry } from '../execute/failure.ts';
import { compileText } from './compile-text.ts';
import { shapeOperation } from './shape.ts';

const schema = buildSchema(`
  type Query { t: T ts: [T] nn: T! any: Any anys: [[Any!]] e: E! union: W }
  scalar Any enum E { A B } union W = T | V type V { v: Boolean }
  type T { s: String! i: Int f: Float b: Boolean id: ID! }`);

function writer(text: string) {
  const document = parse(text);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return compileText(
    shapeOperation(schema, resolveOperation(operation, fragmentsOf(document), {}), new Set(['s'])),
  );
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
