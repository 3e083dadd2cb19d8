import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeReply, encodeReply } from './reply-codec.ts';
import { storedOf } from './stored.fixture.ts';
import { withBody } from './stored-reply.ts';

test('a reply is the same after it was written and read, whatever bytes it has', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, value) => {
      const { headers, ...head } = storedOf({ 'x-a': value, vary: 'accept', 'cache-tag': 'a' });
      const reply = withBody({ ...head, fields: headers.flat }, bytes);
      const read = decodeReply('slot', encodeReply('slot', reply));
      assert.deepEqual(read?.headers, reply.headers);
      assert.equal(JSON.stringify(read?.freshness), JSON.stringify(reply.freshness));
      assert.deepEqual(read?.selectors, reply.selectors);
      assert.deepEqual(Buffer.from(read?.body.bytes ?? []), Buffer.from(bytes));
    }),
  );
});

test('SECURITY 149: what was written under another key, or is damaged, is not there', () => {
  const bytes = encodeReply('slot', storedOf({}));
  assert.equal(decodeReply('other', bytes), undefined);
  for (const wrong of [
    Buffer.alloc(0),
    Buffer.from([0, 0, 0, 200, 1]),
    Buffer.from('\0\0\0\x02{}'),
    Buffer.from('\0\0\0\x02{]'),
  ]) {
    assert.equal(decodeReply('slot', wrong), undefined);
  }
});
