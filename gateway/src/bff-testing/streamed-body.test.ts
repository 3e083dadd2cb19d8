import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Cancellation } from '../core/abort.ts';
import { collect } from '../core/body.ts';
import { fakeFeed, messagesOf } from './messages.ts';
import { streamedBody } from './streamed-body.ts';

const bytes = (message: unknown) => Buffer.from(`${JSON.stringify(message)};`);

it('is the bytes of its messages, waits for who reads, and leaves its source', async () => {
  const body = streamedBody(messagesOf([1, 2], 'x', new Cancellation()), bytes);
  const whole = await collect(body, 100, () => new Error('too large'));
  assert.equal(Buffer.from(whole).toString(), '1;2;');
  const feed = fakeFeed<number>();
  feed.push(1, 2);
  const got: string[] = [];
  const flow = streamedBody(messagesOf(feed, 'x', new Cancellation()), bytes).start({
    write(chunk) {
      got.push(Buffer.from(chunk).toString());
      return false;
    },
    end: () => got.push('end'),
    fail: () => got.push('fail'),
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(got, ['1;']);
  flow.resume();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(got, ['1;', '2;']);
  flow.cancel(new Error('enough'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([got, feed.following], [['1;', '2;'], 0]);
});

it('fails as its source does', async () => {
  const feed = fakeFeed<number>();
  const body = streamedBody(messagesOf(feed, 'x', new Cancellation()), bytes);
  const whole = collect(body, 100, () => new Error('too large'));
  feed.fail();
  await assert.rejects(whole, { code: 'upstream_reset' });
});
