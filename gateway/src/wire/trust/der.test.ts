import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DER_INTEGER, derElement, derElements, derSequence } from './der.ts';

test('elements are read one after another, in short form and in long', () => {
  const long = Buffer.concat([Buffer.from([0x04, 0x82, 0x01, 0x00]), Buffer.alloc(256, 7)]);
  const bytes = Buffer.concat([Buffer.from([DER_INTEGER, 1, 5]), long]);
  const [first, second] = derElements(bytes);
  assert.deepEqual([first?.tag, first?.content], [DER_INTEGER, Buffer.from([5])]);
  assert.deepEqual([second?.content.length, second?.whole.length], [256, 260]);
  const list = Buffer.concat([Buffer.from([0x30, 3]), bytes.subarray(0, 3)]);
  assert.equal([...derSequence(derElement(list))].length, 1);
  assert.throws(() => [...derSequence(derElement(bytes))], RangeError);
});

test('whatever the bytes, it reads within them or says that they are not DER', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      try {
        let length = 0;
        for (const { whole } of derElements(buffer)) length += whole.length;
        assert.equal(length, buffer.length);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});
