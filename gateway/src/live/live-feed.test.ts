import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sink } from '../core/body.ts';
import type { Reply } from '../core/exchange.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { LiveFeed, MAX_VIEWERS } from './live-feed.ts';
import type { LiveSnapshot } from './snapshot.ts';
import { lineOf, secondOf } from './testing.fixture.ts';

function bench() {
  const opened: string[] = [];
  let tell: (snapshot: LiveSnapshot) => void = () => {};
  const feed = new LiveFeed({
    open(told) {
      opened.push('open');
      tell = told;
      return () => opened.push('close');
    },
    list: async () => [lineOf('r1')],
    find: async () => undefined,
  });
  return { feed, opened, tell: () => tell(secondOf()), follow: () => feed.follow(makeExchange().exchange) };
}

function read(reply: Reply, ready: () => boolean = () => true) {
  const got = { text: '', ended: false, error: undefined as Error | undefined };
  const sink: Sink = {
    write(chunk) {
      got.text += Buffer.from(chunk).toString();
      return ready();
    },
    end() {
      got.ended = true;
    },
    fail(error) {
      got.error = error;
    },
  };
  return { got, flow: reply.body.start(sink) };
}

describe('the stream of seconds', () => {
  it('begins with what is kept, and its source is open while somebody follows', async () => {
    const { feed, opened, tell, follow } = bench();
    const one = await follow();
    const other = await follow();
    const { got } = read(one);
    tell();
    assert.match(got.text, /^event: kept\ndata: \[\{"id":"r1".*\nevent: second\ndata: \{"at":1000,/s);
    one.settlement.settle({ kind: 'aborted', bytes: 0 });
    assert.deepEqual([opened, feed.viewers], [['open'], 1]);
    other.settlement.settle({ kind: 'complete', bytes: 0 });
    assert.deepEqual(opened, ['open', 'close']);
    await follow();
    assert.deepEqual(opened, ['open', 'close', 'open']);
  });

  it('has room for so many', async () => {
    const { follow } = bench();
    const replies = [];
    for (let i = 0; i < MAX_VIEWERS; i += 1) replies.push(await follow());
    await assert.rejects(follow(), { code: 'overloaded' });
    replies[0]?.settlement.settle({ kind: 'complete', bytes: 0 });
    await follow();
  });

  it('leaves out seconds that a slow viewer is not ready for, and lets it go in the end', async () => {
    const { feed, tell, follow } = bench();
    let ready = false;
    const { got, flow } = read(await follow(), () => ready);
    for (let i = 0; i < 10; i += 1) tell();
    assert.equal(got.text.match(/event: second/g), null);
    ready = true;
    flow.resume();
    tell();
    assert.equal(got.text.match(/event: second/g)?.length, 1);
    ready = false;
    for (let i = 0; i < 20; i += 1) tell();
    assert.match(got.error?.message ?? '', /./);
    assert.equal(feed.viewers, 0);
  });

  it('ends with the gateway', async () => {
    const { feed, opened, follow } = bench();
    const { got } = read(await follow());
    feed.close();
    assert.equal(got.ended, true);
    assert.deepEqual(opened, ['open', 'close']);
    await assert.rejects(follow(), { code: 'draining' });
  });
});
