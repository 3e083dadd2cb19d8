import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import { LocalSource } from './local-source.ts';
import { type Answering, Observer } from './observer.ts';
import type { LiveSnapshot } from './snapshot.ts';

function bench(metrics: () => Promise<readonly object[]> = async () => []) {
  const clock = new ManualClock();
  const observer = new Observer({ clock, process: 'gateway' });
  const plain: Answering = {
    handle: async ({ timeline }) => {
      const span = timeline.begin('users', undefined, 1);
      span.endpoint = 'h:1';
      clock.advance(10);
      timeline.end(span, 'ok');
      return makeReply(200, new HeaderFields(), emptyBody);
    },
  };
  let answering = plain;
  observer.attach({
    plain,
    folder: '/',
    onSwitch: (next) => {
      answering = next;
    },
  });
  const state = {
    upstream: 'users',
    inFlight: 1,
    queued: 0,
    limit: 9,
    breaker: 'closed',
    health: 'unknown',
    weight: 1,
  };
  const source = new LocalSource({
    ...{ clock, logger: noLogger, observer, metrics },
    endpoints: () => [
      { ...state, endpoint: 'h:1' },
      { ...state, endpoint: 'h:2' },
    ],
    process: () => ({ process: 'gateway', generations: 1, version: 3, digest: 'abc', notReady: [] }),
  });
  const told: LiveSnapshot[] = [];
  const second = async (): Promise<void> => {
    clock.advance(1_000);
    await turn();
  };
  const ask = async (): Promise<void> => {
    const reply = await answering.handle(exchangeOn(clock, { id: 'r1' }));
    reply.settlement.settle({ kind: 'complete', bytes: 0 });
  };
  return { source, told, second, ask, clock };
}

it('tells every second what there was, with endpoints that nobody asked', async () => {
  const { source, told, second, ask } = bench();
  const close = source.open((snapshot) => told.push(snapshot));
  await ask();
  await second();
  const [first] = told;
  assert.equal(first?.spanMs, 1_010);
  assert.deepEqual(
    first?.endpoints.map(({ endpoint, calls, limit, breakers }) => [endpoint, calls, limit, breakers]),
    [
      ['h:1', 1, 9, { closed: 1 }],
      ['h:2', 0, 9, { closed: 1 }],
    ],
  );
  assert.deepEqual([first?.routes[0]?.requests, first?.processes[0]?.version], [1, 3]);
  await second();
  assert.equal(told[1]?.routes.length, 0);
  close();
  close();
  await second();
  assert.equal(told.length, 2);
  assert.equal((await source.list())[0]?.id, 'r1');
  assert.equal((await source.find('r1'))?.rows.length, 2);
});

it('goes on when a second could not be told, and leaves no timer behind', async () => {
  let fails = true;
  const { source, told, second, clock } = bench(async () => {
    if (fails) throw new Error('no metrics');
    return [];
  });
  const close = source.open((snapshot) => told.push(snapshot));
  await second();
  assert.equal(told.length, 0);
  fails = false;
  await second();
  assert.equal(told.length, 1);
  close();
  assert.equal(clock.pending, 0);
});
