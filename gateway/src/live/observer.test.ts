import assert from 'node:assert/strict';
import { it } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { type Exchange, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import { type Answering, Observer } from './observer.ts';

function bench(contentType = 'text/plain') {
  const clock = new ManualClock();
  const plain: Answering = {
    handle: async ({ timeline }: Exchange) => {
      observer.begin(timeline, { field: 'home', deadlineMs: 500 });
      clock.advance(30);
      return makeReply(200, HeaderFields.of({ 'content-type': contentType }), emptyBody);
    },
  };
  let answering = plain;
  const observer = new Observer({ clock, process: 'gateway' });
  const onSwitch = (next: Answering): void => {
    answering = next;
  };
  observer.attach({ plain, folder: '/', onSwitch });
  const ask = async (openMs = 0): Promise<void> => {
    const reply = await answering.handle(exchangeOn(clock));
    clock.advance(openMs);
    reply.settlement.settle({ kind: 'complete', bytes: 0 });
  };
  return { observer, ask, plain, answering: () => answering };
}

it('stands in front of the handler from the first who looks to the last, and not a moment longer', async () => {
  const { observer, ask, plain, answering } = bench();
  await ask();
  assert.equal(answering(), plain);
  const stop = observer.look();
  const stopToo = observer.look();
  assert.notEqual(answering(), plain);
  await ask();
  stop();
  stop();
  await ask();
  stopToo();
  assert.equal(answering(), plain);
  await ask();
  const seen = observer.take();
  assert.equal(seen.routes[0]?.requests, 2);
  assert.deepEqual(seen.requests[0]?.screens, ['home']);
  assert.equal(observer.take().routes.length, 0);
  assert.equal(observer.kept.list().length, 2);
});

it('measures a stream until it begins: how long it is open is its own', async () => {
  for (const [type, mostMs] of [
    ['text/event-stream; charset=utf-8', 40],
    ['text/plain', 9_100],
  ] as const) {
    const { observer, ask } = bench(type);
    const stop = observer.look();
    await ask(9_000);
    const maxMs = observer.take().routes[0]?.latencies.maxMs ?? 0;
    assert.ok(maxMs >= 30 && maxMs <= mostMs && (mostMs < 100 || maxMs > 9_000), `${type}: ${maxMs}`);
    stop();
  }
});

it('has nothing to look at before it is told', () => {
  const observer = new Observer({ clock: new ManualClock(), process: 'gateway' });
  assert.throws(() => observer.look(), /nothing to look at/);
});
