/** Which of two attempts wins, and what becomes of the other, over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { coded } from '../../core/testing/errors.ts';
import { context, request, text } from '../testing/harness.ts';
import { fails, ok, race, resets } from './hedge.fixture.ts';

/** Longer than any attempt of these tests: where something ends, it was not its timeout. */
const PATIENT = { timeout: { attempt: '60s' } };

test('a late call is asked again at another endpoint; the first good head wins, the loser is cancelled', {
  timeout: 300_000,
}, async (t) => {
  const { call, seen, hedged, outcomes, view } = await race(t, { 2: ok }, PATIENT);
  const caller = context();
  const reply = await call(request({ context: caller }));
  const [first, second] = seen;
  assert.ok(first && second);
  assert.notEqual(first.name, second.name);
  await first.closed;
  assert.equal(await text(reply), second.name);
  await reply.settled;
  assert.deepEqual(hedged, ['won']);
  assert.deepEqual(outcomes.sort(), ['hedged', 'ok']);
  assert.deepEqual(
    caller.timeline.spans.map(({ attempt, hedge, outcome }) => [attempt, hedge, outcome]),
    [
      [1, false, 'hedged'],
      [2, true, 'ok'],
    ],
  );
  const endpoints = view();
  assert.ok(endpoints.every(({ inFlight, breaker }) => inFlight === 0 && breaker === 'closed'));
});

test('where the first answers first after all, it wins', async (t) => {
  const { call, seen, hedged, until } = await race(t, {});
  const head = call(request());
  await until(2);
  seen[0]?.res.end('first');
  assert.equal(await text(await head), 'first');
  assert.deepEqual(hedged, ['lost']);
});

test('a quick answer, good or bad, is the answer', async (t) => {
  const unhurried = { hedge: { after: '4s' } };
  const good = await race(t, { 1: ok }, unhurried);
  assert.equal((await good.call(request())).status, 200);
  const bad = await race(t, { 1: fails }, unhurried);
  assert.equal((await bad.call(request())).status, 503);
  const broken = await race(t, { 1: resets }, unhurried);
  await assert.rejects(broken.call(request()), coded('upstream_reset'));
  assert.deepEqual([good.hedged, bad.hedged, broken.hedged], [[], [], []]);
});

test('a head of 500 or above, or a reset, waits for the other attempt', async (t) => {
  for (const worse of [fails, resets]) {
    const { call, seen, until } = await race(t, { 2: worse });
    const head = call(request());
    await until(2);
    await seen[1]?.closed;
    seen[0]?.res.end('late but good');
    assert.equal(await text(await head), 'late but good');
  }
});

test('where both are bad, the first answer counts', async (t) => {
  const { call, seen, until, hedged } = await race(t, { 2: resets });
  const head = call(request());
  await until(2);
  await seen[1]?.closed;
  seen[0]?.res.writeHead(500).end('first');
  const reply = await head;
  assert.deepEqual([reply.status, await text(reply), hedged], [500, 'first', ['failed']]);
});

test('a client that leaves cancels both', async (t) => {
  const { call, seen, until, view } = await race(t, {});
  const caller = context();
  const head = call(request({ context: caller }));
  await until(2);
  const closed = Promise.all(seen.map((one) => one.closed));
  caller.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(head, coded('client_closed'));
  await closed;
  assert.ok(view().every(({ inFlight }) => inFlight === 0));
});

test('a client that leaves within the winner’s body cancels it', async (t) => {
  const { call, seen, until } = await race(t, { 2: ({ res }) => void res.write('part') });
  const caller = context();
  const reply = await call(request({ context: caller }));
  await until(2);
  caller.cancellation.cancel(new FrontdeskError('client_closed'));
  const outcome = await reply.settled;
  assert.equal(outcome.kind, 'aborted');
  await seen[1]?.closed;
});
