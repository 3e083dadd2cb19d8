/** A live stream over SSE on a clock in the test's hand: what it says, and all that ends it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { settled } from '../../bff/live/live.fixture.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { mountedLive, reading } from './live.fixture.ts';

async function opened(options: Parameters<typeof mountedLive>[0] = {}) {
  const stage = await mountedLive(options);
  const { exchange, reply } = stage.ask('/trip/live');
  const stream = reading(await reply);
  await settled();
  const first = stream.told();
  return { ...stage, exchange, stream, first };
}

const isError = (code: string) => (error: unknown) => error instanceof FrontdeskError && error.code === code;

it('says when to come back, then the whole, then what changes, with an id each', async () => {
  const { first, stream, sources, dispose } = await opened();
  assert.match(
    first,
    /^retry: 1000\n\nevent: screen\nid: [\w-]{24}\ndata: \{"status":"new","place":0,"rider":"Ada"\}\n\n$/,
  );
  sources.place.push(1);
  await settled();
  assert.match(stream.told(), /^event: place\nid: [\w-]{24}\ndata: 1\n\n$/);
  sources.place.push(1);
  await settled();
  assert.equal(stream.told(), '', 'it has that value');
  sources.status.push('completed');
  assert.equal(await stream.ended, 'end');
  assert.match(
    stream.told(),
    /event: status\n.*\ndata: "completed"\n\nevent: end\ndata: \{"reason":"done"\}\n\n$/,
  );
  assert.deepEqual([sources.place.left, sources.status.left], [1, 1]);
  await dispose();
});

it('shows that it lives while there is nothing to say, and ends when that is for too long', async () => {
  const { stream, clock, sources, dispose } = await opened();
  clock.advance(10_000);
  assert.equal(stream.told(), ':\n\n');
  clock.advance(45_000);
  sources.place.push(1);
  await settled();
  clock.advance(30_000);
  assert.doesNotMatch(stream.told(), /event: end/);
  clock.advance(30_000);
  assert.equal(await stream.ended, 'end');
  assert.match(stream.told(), /event: end\ndata: \{"reason":"idle"\}\n\n$/);
  await dispose();
});

it('ends by its lifetime, with the process and with its configuration, and says so', async () => {
  const ways = [
    ['drain', ({ drain }: Awaited<ReturnType<typeof opened>>) => drain()],
    ['reload', ({ replace }: Awaited<ReturnType<typeof opened>>) => replace()],
    [
      'lifetime',
      async ({ clock, sources }: Awaited<ReturnType<typeof opened>>) => {
        for (let i = 0; i < 20; i += 1) {
          sources.place.push(i + 1);
          await settled();
          clock.advance(30_000);
        }
      },
    ],
  ] as const;
  for (const [reason, end] of ways) {
    const stage = await opened();
    await end(stage);
    await settled();
    stage.clock.advance(1);
    assert.equal(await stage.stream.ended, 'end', reason);
    assert.match(stage.stream.told(), new RegExp(`event: end\\ndata: {"reason":"${reason}"}\\n\\n$`));
    assert.ok(stage.counted.includes(`frontdesk_proxy_stream_ends_total test/trip/live live ${reason} 1`));
    await stage.dispose();
  }
});

it('ends when its caller may no longer: within a second of the revocation', async () => {
  const { revoke, clock, stream, sources, dispose } = await opened();
  revoke();
  clock.advance(1_000);
  assert.equal(await stream.ended, 'end');
  assert.match(
    stream.told(),
    /event: problem\ndata: .*invalid-credentials.*\n\nevent: end\ndata: \{"reason":"credentials"\}\n\n$/,
  );
  await settled();
  assert.equal(sources.place.left, 1);
  await dispose();
});

it('conflates for a slow client, and cuts it off in the end', async () => {
  const { stream, sources, clock, exchange, counted, dispose } = await opened();
  stream.stall();
  sources.place.push(1);
  await settled();
  stream.told();
  for (let i = 2; i < 100; i += 1) sources.place.push(i);
  await settled();
  assert.equal(stream.told(), '');
  clock.advance(4_000);
  stream.flow.resume();
  await settled();
  assert.match(stream.told(), /^event: place\n.*\ndata: 99\n\n$/);
  assert.equal(counted.filter((line) => line.endsWith('place conflated 1')).length, 97);
  clock.advance(5_000);
  assert.equal(await stream.ended, 'slow_consumer');
  assert.ok(isError('slow_consumer')(exchange.error));
  await settled();
  assert.equal(sources.place.left, 1);
  await dispose();
});

it('a required feed that breaks ends it with a problem', async () => {
  const { stream, sources, dispose } = await opened({ requiredPlace: true });
  sources.place.end(new FrontdeskError('upstream_reset', { detail: 'secret-host' }));
  assert.equal(await stream.ended, 'end');
  const told = stream.told();
  assert.match(
    told,
    /event: problem\ndata: \{"part":"place".*part-failed.*\n\nevent: end\ndata: \{"reason":"upstream_error"\}\n\n$/,
  );
  assert.doesNotMatch(told, /secret/);
  await dispose();
});

it('is no more than so many for one caller, and frees its place when the client leaves', async () => {
  const { ask, stream, clock, dispose, sources } = await opened();
  const second = reading(await ask('/trip/live').reply);
  await assert.rejects(ask('/trip/live').reply, isError('rate_limited'));
  await settled();
  stream.flow.cancel(new FrontdeskError('client_closed'));
  await settled();
  const third = reading(await ask('/trip/live').reply);
  for (const one of [second, third]) one.flow.cancel(new FrontdeskError('client_closed'));
  await settled();
  assert.equal(sources.place.left, 3);
  clock.advance(1_000_000);
  await dispose();
});

it('refuses who lacks a scope, and who takes no events', async () => {
  const { ask, dispose, sources } = await mountedLive();
  await assert.rejects(ask('/trip/live', { accept: 'application/json' }).reply, isError('not_acceptable'));
  await assert.rejects(ask('/trip/live', {}, { identity: undefined }).reply, isError('unauthenticated'));
  assert.equal(sources.place.opened, 0);
  await dispose();
});

it('one that is over is 204 for who has all of it', async () => {
  const { ask, dispose } = await mountedLive({ status: 'completed' });
  const stream = reading(await ask('/trip/live').reply);
  assert.equal(await stream.ended, 'end');
  const id = /id: (.*)/.exec(stream.told())?.[1] ?? '';
  assert.equal((await ask('/trip/live', { 'last-event-id': id }).reply).status, 204);
  await dispose();
});

it('tells one that comes back also what has changed between its opening and its first word', async () => {
  const { ask, sources, first, stream, dispose } = await opened();
  stream.flow.cancel(new FrontdeskError('client_closed'));
  const id = /^id: (.*)$/m.exec(first)?.[1] ?? '';
  const reply = await ask('/trip/live', { 'last-event-id': id }).reply;
  // The body is not asked for anything yet.
  sources.place.push(7);
  await settled();
  const again = reading(reply);
  await settled();
  assert.match(again.told(), /event: place\n.*\ndata: 7\n\n$/);
  again.flow.cancel(new FrontdeskError('client_closed'));
  await dispose();
});
