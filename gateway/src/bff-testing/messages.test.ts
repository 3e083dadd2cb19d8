import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cancellation } from '../core/abort.ts';
import { FrontdeskError } from '../core/errors.ts';
import { fakeFeed, messagesOf } from './messages.ts';

async function all(messages: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of messages) found.push(one);
  return found;
}

describe('messages', () => {
  it('are those of a list, and of a feed to each who follows', async () => {
    assert.deepEqual(await all(messagesOf([1, 2], 'x', new Cancellation())), [1, 2]);
    const feed = fakeFeed<number>();
    feed.push(1);
    const first = all(messagesOf(feed, 'x', new Cancellation()));
    const second = all(messagesOf(feed, 'x', new Cancellation()));
    assert.deepEqual([feed.opened, feed.following], [2, 2]);
    feed.push(2);
    feed.end();
    assert.deepEqual(await Promise.all([first, second]), [[1, 2], [2]]);
    assert.throws(() => messagesOf({}, 'live /events', new Cancellation()), /live \/events: a stream is/);
  });

  it('leave their source when they are left, or cancelled, though it says nothing', async () => {
    const feed = fakeFeed<number>();
    const cancellation = new Cancellation();
    const cancelled = all(messagesOf(feed, 'x', cancellation));
    const left = messagesOf(feed, 'x', new Cancellation());
    const waiting = left.next();
    await left.return();
    cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(cancelled, { code: 'client_closed' });
    assert.equal((await waiting).done, true);
    assert.equal(feed.following, 0);
  });

  it('break as the feed does', async () => {
    const feed = fakeFeed<number>();
    const broken = all(messagesOf(feed, 'x', new Cancellation()));
    feed.fail();
    await assert.rejects(broken, { code: 'upstream_reset' });
  });
});
