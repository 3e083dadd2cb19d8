import assert from 'node:assert/strict';
import { it } from 'node:test';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

it('writes the examples of the encoding guide', () => {
  const writer = new WireWriter();
  writer.tag(1, 0);
  writer.uint32(150);
  writer.tag(2, 2);
  writer.string('testing');
  assert.equal(Buffer.from(writer.finish()).toString('hex'), '089601120774657374696e67');
});

it('makes room for lengths of every size', () => {
  for (const size of [0, 127, 128, 16_383, 16_384, 300_000]) {
    const writer = new WireWriter();
    writer.delimited(() => writer.raw(Buffer.alloc(size, 7)));
    writer.uint32(5);
    const reader = new WireReader(writer.finish());
    const piece = reader.bytes();
    assert.equal(piece.length, size);
    assert.ok(piece.every((byte) => byte === 7));
    assert.equal(reader.uint32(), 5);
    assert.ok(reader.done);
  }
});

it('a negative number of 32 bits takes ten bytes', () => {
  const writer = new WireWriter();
  writer.int32(-1);
  assert.equal(Buffer.from(writer.finish()).toString('hex'), 'ffffffffffffffffff01');
});
