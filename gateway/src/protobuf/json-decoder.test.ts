import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJson } from './json-decoder.ts';
import { encodeJson } from './json-encoder.ts';
import type { MessagePlan } from './plan.ts';
import { EVERYTHING, schemaOf } from './testing/schemas.ts';
import { WireFormatError } from './wire-reader.ts';

const schema = await schemaOf(EVERYTHING);
const all = planOf('t.All');

function planOf(name: string): MessagePlan {
  const plan = schema.message(name);
  assert.ok(plan);
  return plan;
}

function decode(hex: string, emitDefaults = false): unknown {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return decodeJson(all, bytes, { emitDefaults, findType: schema.message });
}

describe('what comes over the wire', () => {
  it('fields in the order of the schema, whatever theirs is', () => {
    assert.equal(JSON.stringify(decode('72 01 61  18 05')), '{"i32":5,"text":"a"}');
  });

  it('the last of a single field, and of a oneof', () => {
    assert.deepEqual(decode('18 05 18 06'), { i32: 6 });
    assert.deepEqual(decode('ea01 01 61  f001 07'), { right: 7 });
  });

  it('pieces of one message are merged', () => {
    assert.deepEqual(decode('8a01 02 1805  8a01 03 720161'), { child: { i32: 5, text: 'a' } });
  });

  it('packed and unpacked, whatever the schema says', () => {
    assert.deepEqual(decode('9001 01 9001 02'), { numbers: [1, 2] });
    assert.deepEqual(decode('9a01 02 01 02'), { unpacked: ['1', '2'] });
  });

  it('an entry of a map without key or value, and one that comes twice', () => {
    assert.deepEqual(decode('ba01 00'), { byText: { '': 0 } });
    assert.deepEqual(decode('ba01 05 0a0161 1001  ba01 05 0a0161 1002'), { byText: { a: 2 } });
    assert.deepEqual(decode('c201 02 0801'), { byNumber: { '1': {} } });
  });

  it('unknown fields, groups among them, and known ones of another wire type are passed over', () => {
    assert.deepEqual(decode('c03e 01  c33e 0801 c43e  18 05  1d 01020304'), { i32: 5 });
  });

  it('a float is as short as it can be said', () => {
    assert.deepEqual(decode('15 cdcccc3d'), { f: 0.1 });
  });

  it('an Any of a type that nobody knows has its name', () => {
    const bytes = Buffer.concat([Buffer.from('f2020a0a0878', 'hex'), Buffer.from('/t.Nope')]);
    assert.deepEqual(decode(bytes.toString('hex')), { any: { '@type': 'x/t.Nope' } });
  });

  it('a default that was sent is not said either, but where its field has presence', () => {
    assert.deepEqual(decode('18 00  7200  8001 00  d001 00'), { maybe: 0 });
  });

  it('defaults, where they are asked for: of fields without presence alone', () => {
    const json = decode('', true);
    assert.ok(typeof json === 'object' && json !== null);
    assert.deepEqual(
      Object.entries(json).filter(([name]) =>
        ['i64', 'text', 'colour', 'numbers', 'byText', 'b'].includes(name),
      ),
      [
        ['i64', '0'],
        ['b', false],
        ['text', ''],
        ['colour', 'NONE'],
        ['numbers', []],
        ['byText', {}],
      ],
    );
    for (const absent of ['child', 'maybe', 'left', 'at', 'wrappedLong'])
      assert.ok(!(absent in json), absent);
  });
});

describe('what is no message', () => {
  for (const [title, hex] of [
    ['a length past the end', '72 05 61'],
    ['a varint without end', `18 ${'ff'.repeat(11)}`],
    ['text that is no UTF-8', '72 01 ff'],
    ['field number 0', '00 01'],
    ['a wire type that is none', '1f'],
    ['the end of a group that did not begin', '1c'],
    ['a Timestamp past its years', 'c202 0b 08 ffffffffffffffff7f'],
    ['a message cut short', '1d 01'],
  ] as const) {
    it(title, () => assert.throws(() => decode(hex), WireFormatError));
  }

  it('messages without end', () => {
    let bytes: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 120; i += 1) {
      const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
      bytes = Buffer.concat([Buffer.from([0x8a, 0x01, ...length]), bytes]);
    }
    assert.throws(() => decode(Buffer.from(bytes).toString('hex')), /too deeply/);
  });
});

it('reads what the encoder writes with the defaults said', () => {
  const bytes = encodeJson(all, { i32: 1 }, schema.message);
  assert.deepEqual(decodeJson(all, bytes, { emitDefaults: false, findType: schema.message }), { i32: 1 });
});
