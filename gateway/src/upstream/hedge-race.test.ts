/** Second attempts, through the whole chain over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { noMeter } from '../core/meter.ts';
import { coded } from '../core/testing/errors.ts';
import { upstreamMetrics } from './observation.ts';
import { backend, context, request, rig, text } from './testing/harness.ts';

interface Seen {
  readonly name: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Its end, however it came. */
  readonly closed: Promise<unknown>;
}

type Answers = Readonly<Record<number, (seen: Seen) => void>>;

/** Two endpoints; the first request and the second, wherever they go, are answered as the test says. */
async function race(t: Parameters<typeof backend>[0], answers: Answers, settings: object = {}) {
  const seen: Seen[] = [];
  let arrived = Promise.withResolvers<void>();
  const serve = (name: string) =>
    backend(t, (req, res) => {
      const one = { name, req, res, closed: once(res, 'close') };
      seen.push(one);
      answers[seen.length]?.(one);
      arrived.resolve();
      arrived = Promise.withResolvers();
    });
  const hedged: string[] = [];
  const outcomes: string[] = [];
  const metrics = {
    ...upstreamMetrics(noMeter),
    hedges: (_: number, _upstream?: string, outcome = '') => void hedged.push(outcome),
    requests: (_: number, _upstream?: string, outcome = '') => void outcomes.push(outcome),
  };
  const targets = [{ url: await serve('a') }, { url: await serve('b') }];
  const users = { targets, hedge: { after: '20ms' }, retry: { max: 0 }, ...settings };
  const upstreams = rig(t, { users }, { metrics });
  const until = async (count: number): Promise<void> => {
    while (seen.length < count) await arrived.promise;
  };
  return { ...upstreams, seen, hedged, outcomes, until };
}

const ok = ({ name, res }: Seen): void => void res.end(name);
const fails = ({ res }: Seen): void => void res.writeHead(503).end('no');
const resets = ({ req }: Seen): void => void req.socket.destroy();

test('a late call is asked again at another endpoint; the first good head wins, the loser is cancelled', async (t) => {
  const { call, seen, hedged, outcomes, view } = await race(t, { 2: ok });
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

test('what may not be sent twice, and streams, are sent once', async (t) => {
  const answer = ({ res }: Seen): void => void setTimeout(() => res.end(), 60);
  const { call, seen } = await race(t, { 1: answer, 2: answer, 3: answer, 4: answer });
  await text(await call(request({ method: 'POST', body: new WholeBody('x') })));
  await text(await call(request({ method: 'PUT', body: new WholeBody('x') })));
  await text(await call(request({ stream: { idleMs: 1000 } })));
  assert.equal(seen.length, 3);
});

test('a query of the graph, which is a POST, may be', async (t) => {
  const { call, hedged } = await race(t, { 2: ok });
  await text(await call(request({ method: 'POST', idempotent: true, body: new WholeBody('x') })));
  assert.deepEqual(hedged, ['won']);
});

test('over the budget there is none', async (t) => {
  const slow = ({ res }: Seen): void => void setTimeout(() => res.end('ok'), 60);
  const none = { after: '20ms', budget: { ratio: 0, min: 0 } };
  const { call, hedged } = await race(t, { 1: slow }, { hedge: none });
  assert.equal(await text(await call(request())), 'ok');
  assert.deepEqual(hedged, ['over_budget']);
});

test('with one endpoint there is none, unless it may go to the same', async (t) => {
  let requests = 0;
  const url = await backend(t, (_req, res) => {
    requests += 1;
    if (requests !== 2) setTimeout(() => res.end('slow'), 80);
    else res.end('quick');
  });
  const { call } = rig(t, {
    users: { url, hedge: { after: '20ms', to: 'any' } },
    shy: { url, hedge: { after: '20ms' } },
  });
  assert.equal(await text(await call(request())), 'quick');
  assert.equal(await text(await call(request({ upstream: 'shy' }))), 'slow');
  assert.equal(requests, 3);
});

test('where the other endpoint is full, nobody waits for a second attempt', async (t) => {
  const { call, seen, until, hedged } = await race(t, {}, { bulkhead: { maxInFlight: 1 } });
  const heads = [call(request()), call(request())];
  await until(2);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(seen.length, 2);
  for (const { res } of seen) res.end('ok');
  for (const head of heads) assert.equal(await text(await head), 'ok');
  assert.ok(hedged.every((outcome) => outcome === 'failed' || outcome === 'over_budget'));
});
