import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { Refusal } from '../refusal.ts';
import { coerceVariables, refuseInexactIds, renameProtoVariable } from './variables.ts';

const schema = buildSchema(`type Query { a(id: ID, ids: [[ID!]], n: Int, f: Float, in: In): Int }
  input In { id: ID n: Int more: [In] }`);

function operationOf(text: string) {
  const [operation] = parse(text).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  return operation;
}

test('what is not declared is not read, and faults are refusals', () => {
  const operation = operationOf('query($n: Int = 3) { a(n: $n) }');
  assert.deepEqual({ ...coerceVariables(schema, operation, undefined, { x: 1 }) }, { n: 3 });
  assert.ok(coerceVariables(schema, operation, undefined, { n: 'x' }) instanceof Refusal);
  assert.deepEqual(coerceVariables(schema, operationOf('{ a }'), undefined, { n: 'x' }), {});
});

test('an ID that lost digits is refused wherever it stands; other numbers are not its matter', () => {
  const check = (type: string, value: unknown) =>
    refuseInexactIds(schema, operationOf(`query($v: ${type}) { a(id: 1) }`), { v: value });
  for (const [type, value] of [
    ['ID', 2 ** 53],
    ['[[ID!]]', [[1], [2 ** 60]]],
    ['[[ID!]]', 2 ** 60],
    ['In', { more: [{ id: 2 ** 53 }] }],
  ] as const) {
    assert.throws(() => check(type, value), { code: 'invalid_query' }, type);
  }
  for (const [type, value] of [
    ['ID', 2 ** 53 - 1],
    ['ID', '9007199254740993'],
    ['Float', 2 ** 60],
    ['Int', 2 ** 60],
    ['In', { n: 2 ** 60, id: 'a' }],
    ['In', null],
  ] as const) {
    check(type, value);
  }
});

test('a variable called __proto__ gets another name, which the text does not hold', () => {
  const text = 'query($__proto__: Int, $proto: Int) { a(n: $__proto__) b: a(n: $proto) }';
  const renamed = renameProtoVariable(text, parse(text));
  const name = renamed?.protoVariable ?? '__proto__';
  assert.ok(!text.includes(name));
  assert.equal(renameProtoVariable('{ a }', parse('{ a }')), undefined);
  const [operation] = renamed?.document.definitions ?? [];
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const coerced = coerceVariables(schema, operation, name, JSON.parse('{"__proto__":7}'));
  assert.deepEqual({ ...coerced }, { [name]: 7 });
});
