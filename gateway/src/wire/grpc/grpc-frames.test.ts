import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { GrpcFrameReader, grpcFrame } from './grpc-frames.ts';

it('messages come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(grpcFrame));
        const reader = new GrpcFrameReader(100);
        const out: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const next = at + (cuts[i % cuts.length] ?? 1);
          out.push(...reader.push(bytes.subarray(at, next)));
          at = next;
        }
        assert.deepEqual(
          out.map((one) => [...one]),
          messages.map((one) => [...one]),
        );
        assert.equal(reader.isWithinMessage, false);
      },
    ),
  );
});

it('a message past the limit is refused by its length, before it comes', () => {
  const reader = new GrpcFrameReader(4);
  assert.deepEqual(reader.push(grpcFrame(Buffer.from('four'))).length, 1);
  assert.throws(() => reader.push(Buffer.from([0, 0, 0, 0, 5])), { code: 'upstream_too_large' });
});

it('a compressed message is refused: none was asked for', () => {
  assert.throws(() => new GrpcFrameReader(10).push(Buffer.from([1, 0, 0, 0, 0])), {
    code: 'upstream_invalid',
  });
});

it('knows when it stands within a message', () => {
  const reader = new GrpcFrameReader(10);
  reader.push(Buffer.from([0, 0]));
  assert.equal(reader.isWithinMessage, true);
});
