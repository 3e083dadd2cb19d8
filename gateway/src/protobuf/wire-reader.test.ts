import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { WireFormatError, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

it('reads what is written, for every number', () => {
  const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const i64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
  fc.assert(
    fc.property(i32, i64, fc.double(), (small, big, real) => {
      const writer = new WireWriter();
      writer.int32(small);
      writer.sint32(small);
      writer.fixed32(small);
      writer.uint64(big);
      writer.sint64(big);
      writer.fixed64(big);
      writer.double(real);
      const reader = new WireReader(writer.finish());
      assert.deepEqual(
        [
          reader.int32(),
          reader.sint32(),
          reader.sfixed32(),
          reader.int64(),
          reader.sint64(),
          reader.sfixed64(),
          reader.double(),
        ],
        [small, small, small, big, big, big, real],
      );
      assert.ok(reader.done);
    }),
  );
});

it('bytes at random are a message or a fault, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new WireReader(bytes);
      try {
        while (!reader.done) reader.skip(reader.tag());
      } catch (error) {
        assert.ok(error instanceof WireFormatError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
