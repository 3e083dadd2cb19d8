import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ScalarType } from './plan.ts';
import { defaultJson, isDefault, keyJson, readScalar, wireTypeOf, writeScalar } from './scalar-json.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const TYPES: readonly ScalarType[] = [
  'double',
  'float',
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
  'bool',
  'string',
  'bytes',
];

it('the default of each type is written, read and known as such', () => {
  for (const type of TYPES) {
    const writer = new WireWriter();
    writeScalar(writer, type, defaultJson(type));
    assert.deepEqual(readScalar(new WireReader(writer.finish()), type), defaultJson(type), type);
    assert.ok(isDefault(type, defaultJson(type)), type);
    assert.ok([0, 1, 2, 5].includes(wireTypeOf(type)));
  }
});

it('minus zero is no default, and keeps its sign', () => {
  assert.equal(isDefault('double', -0), false);
  const writer = new WireWriter();
  writeScalar(writer, 'double', -0);
  assert.ok(Object.is(readScalar(new WireReader(writer.finish()), 'double'), -0));
});

it('a key of a map is text, but for flags', () => {
  assert.equal(keyJson('int32', '5'), '5');
  assert.equal(keyJson('bool', 'false'), false);
  assert.throws(() => keyJson('bool', '0'), /true or false/);
});
