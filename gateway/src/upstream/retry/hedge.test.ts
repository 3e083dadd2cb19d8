/** Which calls are sent twice, over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { backend, request, rig, text } from '../testing/harness.ts';
import { ok, race, type Seen } from './hedge.fixture.ts';

test('what may not be sent twice, and streams, are sent once', async (t) => {
  const answer = ({ res }: Seen): void => void setTimeout(() => res.end(), 250);
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
  const slow = ({ res }: Seen): void => void setTimeout(() => res.end('ok'), 250);
  const none = { after: '100ms', budget: { ratio: 0, min: 0 } };
  const { call, hedged } = await race(t, { 1: slow }, { hedge: none });
  assert.equal(await text(await call(request())), 'ok');
  assert.deepEqual(hedged, ['over_budget']);
});

test('with one endpoint there is none, unless it may go to the same', async (t) => {
  let requests = 0;
  const url = await backend(t, (_req, res) => {
    requests += 1;
    if (requests !== 2) setTimeout(() => res.end('slow'), 300);
    else res.end('quick');
  });
  const { call } = rig(t, {
    users: { url, hedge: { after: '100ms', to: 'any' } },
    shy: { url, hedge: { after: '100ms' } },
  });
  assert.equal(await text(await call(request())), 'quick');
  assert.equal(await text(await call(request({ upstream: 'shy' }))), 'slow');
  assert.equal(requests, 3);
});

test('where the other endpoint is full, nobody waits for a second attempt', async (t) => {
  const { call, seen, until, hedged } = await race(t, {}, { bulkhead: { maxInFlight: 1 } });
  const heads = [call(request()), call(request())];
  await until(2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(seen.length, 2);
  for (const { res } of seen) res.end('ok');
  for (const head of heads) assert.equal(await text(await head), 'ok');
  assert.ok(hedged.every((outcome) => outcome === 'failed' || outcome === 'over_budget'));
});
