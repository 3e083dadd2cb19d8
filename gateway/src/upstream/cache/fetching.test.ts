import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { HandBody, text } from '../testing/harness.ts';
import { answer, cacheOver } from './cache.fixture.ts';

const FRESH = { 'cache-control': 'max-age=60' };

test('concurrent misses are one fetch; the first streams, the others get the kept reply', async () => {
  const body = new HandBody();
  const { send, ask, calls } = cacheOver({}, () => answer(FRESH, body));
  const first = send('/a');
  const others = [ask('/a'), ask('/a')];
  const streamed = text(await first);
  const sink = await body.started;
  sink.write(Buffer.from('hel'));
  sink.write(Buffer.from('lo'));
  sink.end();
  assert.equal(await streamed, 'hello');
  for (const other of await Promise.all(others)) {
    assert.deepEqual([other.text, other.did], ['hello', 'fwd=uri-miss; collapsed']);
  }
  assert.equal(calls.length, 1);
});

test('a reply that may not be kept lets those who wait ask for themselves, all at once', async () => {
  const gate = Promise.withResolvers<void>();
  const { ask, calls } = cacheOver({}, async () => {
    await gate.promise;
    return answer({ 'cache-control': 'no-store' });
  });
  const asks = [ask('/a'), ask('/a'), ask('/a')];
  assert.equal(calls.length, 1);
  gate.resolve();
  await Promise.all(asks);
  assert.equal(calls.length, 3);
  await Promise.all([ask('/a'), ask('/a')]);
  assert.equal(calls.length, 5);
});

test('what failed for the first has failed for those who waited; the next asks anew', async () => {
  let fails = true;
  const { ask, calls } = cacheOver({}, async () => {
    await Promise.resolve();
    if (fails) throw new FrontdeskError('upstream_connect');
    return answer(FRESH);
  });
  const asks = [ask('/a'), ask('/a')];
  for (const one of asks) await assert.rejects(one, coded('upstream_connect'));
  assert.equal(calls.length, 1);
  fails = false;
  assert.equal((await ask('/a')).status, 200);
});

test('a body that breaks is never kept; those who waited ask for themselves', async () => {
  const bodies = [new HandBody(), new HandBody()];
  const { send, ask, calls } = cacheOver({}, () => answer(FRESH, bodies[calls.length - 1] ?? 'later'));
  const first = await send('/a');
  const waiting = send('/a');
  const sink = await bodies[0]?.started;
  const streamed = assert.rejects(text(first), /reset/);
  sink?.write(Buffer.from('hal'));
  sink?.fail(new Error('reset'));
  await streamed;
  const second = await waiting;
  (await bodies[1]?.started)?.end();
  assert.equal(await text(second), '');
  assert.equal(calls.length, 2);
  assert.equal((await ask('/b')).text, 'later');
});

test('a reply that is too large is given on and not kept, whether its length was known or not', async () => {
  const large = cacheOver({ maxEntry: '4B' }, () => answer(FRESH, 'too large'));
  await large.ask('/a');
  assert.equal((await large.ask('/a')).did, 'fwd=uri-miss');
  const body = new HandBody();
  const { send, calls } = cacheOver({ maxEntry: '4B' }, () => answer(FRESH, calls.length === 1 ? body : 'x'));
  const reply = await send('/a');
  const streamed = text(reply);
  const sink = await body.started;
  sink.write(Buffer.from('too large'));
  sink.end();
  assert.equal(await streamed, 'too large');
  await send('/a');
  assert.equal(calls.length, 2);
});

test('one fetch confirms a stale reply for all who ask', async () => {
  const gate = Promise.withResolvers<void>();
  const { ask, calls, clock } = cacheOver({}, async ({ headers }) => {
    if (!headers.has('if-none-match')) return answer({ ...FRESH, etag: '"a"' }, 'hello');
    await gate.promise;
    return answer({ ...FRESH, etag: '"a"' }, '', 304);
  });
  await ask('/a');
  clock.advance(61_000);
  const asks = [ask('/a'), ask('/a'), ask('/a', { headers: { 'if-none-match': '"a"' } })];
  gate.resolve();
  const answers = await Promise.all(asks);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 304],
  );
  assert.equal(calls.length, 2);
});

test('the one who asked leaves before the head: it is told at once, and the reply is left to nobody', async () => {
  const gate = Promise.withResolvers<void>();
  const body = new HandBody();
  const { send, ask, clock } = cacheOver({}, async ({ context }) => {
    await gate.promise;
    return context.cancellation.cancelled ? answer({}) : answer({ 'cache-control': 'no-store' }, body);
  });
  const leader = contextOn(clock);
  const first = send('/a', { context: { ...leader, host: 'api.example' } });
  const second = ask('/a');
  leader.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(first, coded('client_closed'));
  gate.resolve();
  (await body.started).end();
  await second;
  assert.equal(body.discarded instanceof FrontdeskError && body.discarded.code, 'client_closed');
});

test('RFC 9111 §4: who waited gets nothing that must be confirmed first; each has it confirmed', async () => {
  const gate = Promise.withResolvers<void>();
  const { ask, calls } = cacheOver({}, async ({ headers }) => {
    await gate.promise;
    const fields = { 'cache-control': 'no-cache', etag: '"v1"' };
    return headers.has('if-none-match') ? answer(fields, '', 304) : answer(fields, 'hello');
  });
  const asks = [ask('/a'), ask('/a'), ask('/a')];
  gate.resolve();
  for (const one of await Promise.all(asks)) assert.equal(one.text, 'hello');
  assert.deepEqual(
    calls.map(({ headers }) => headers.get('if-none-match')),
    [undefined, '"v1"', '"v1"'],
  );
});

test("who asks for the backend's own word does not get another's", async () => {
  const gate = Promise.withResolvers<void>();
  const { ask, calls } = cacheOver({}, async () => {
    await gate.promise;
    return answer(FRESH, 'hello');
  });
  const asks = [ask('/a'), ask('/a', { headers: { 'cache-control': 'no-cache' } })];
  gate.resolve();
  await Promise.all(asks);
  assert.equal(calls.length, 2);
});

test("the first one's empty bucket is its own: who waited asks for itself", async () => {
  let isFirst = true;
  const { ask } = cacheOver({}, async () => {
    await Promise.resolve();
    if (!isFirst) return answer(FRESH, 'hello');
    isFirst = false;
    throw new FrontdeskError('upstream_limited');
  });
  const [first, second] = [ask('/a'), ask('/a')];
  await assert.rejects(first, coded('upstream_limited'));
  assert.equal((await second).text, 'hello');
});

test("after a client's range others still share a fetch", async () => {
  const { ask, calls } = cacheOver({}, async ({ headers }) => {
    await Promise.resolve();
    return headers.has('range') ? answer(FRESH, 'part', 206) : answer(FRESH, 'whole');
  });
  assert.equal((await ask('/a', { headers: { range: 'bytes=0-3' } })).status, 206);
  await Promise.all([ask('/a'), ask('/a')]);
  assert.equal(calls.length, 2);
});

test('at its deadline a stale reply stands in for a backend that says nothing; who left gets none', async () => {
  let isSilent = false;
  const { ask, clock } = cacheOver({ staleIfError: '1h' }, ({ context }) =>
    isSilent
      ? new Promise((_, reject) => context.cancellation.onCancel(reject))
      : answer({ ...FRESH, etag: '"v1"' }, 'hello'),
  );
  await ask('/a');
  isSilent = true;
  clock.advance(61_000);
  const context = { ...contextOn(clock), host: 'api.example' };
  context.deadline.within(1_000);
  const late = ask('/a', { context });
  clock.advance(1_000);
  assert.equal((await late).did, 'hit; fwd=stale');
  const leaving = { ...contextOn(clock), host: 'api.example' };
  const left = ask('/a', { context: leaving });
  leaving.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(left, coded('client_closed'));
});
