import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { openIdentities } from '../identities/identities.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { openResidents } from '../residents/residents.ts';
import { openSnapshotStreams } from './snapshot-streams.ts';

async function opened(subscriptions: Record<string, unknown>) {
  const config = configSchema.parse({ graph: { supergraph: 'x.graphql', subscriptions } });
  const clock = new ManualClock();
  const residents = { ...(await openResidents(config)), clock, random: () => 0.5 };
  const identities = openIdentities(config, compilePlans(config.plans), residents, () =>
    assert.fail('nothing is called'),
  );
  const streams = openSnapshotStreams(config, identities, residents);
  const { keeper } = streams;
  assert.ok(keeper);
  return { clock, streams: { ...streams, keeper }, residents, identities };
}

test('streams outlive a reload by their grace, and end spread out', async (t) => {
  const { clock, streams, residents } = await opened({ reloadGrace: '10m' });
  t.after(() => residents.close());
  const ended: string[] = [];
  streams.keeper.keepOperation((reason) => ended.push(reason.code));
  streams.retire(false);
  clock.advance(9.5 * 60_000 - 1);
  assert.deepEqual(ended, []);
  clock.advance(1);
  assert.deepEqual(ended, ['stream_ended']);
});

test('after many reloads there is no grace any more', async (t) => {
  const { clock, streams, residents } = await opened({ reloadGrace: '10m' });
  t.after(() => residents.close());
  const ended: string[] = [];
  streams.keeper.keepOperation((reason) => ended.push(reason.code));
  streams.retire(false);
  streams.retire(true);
  clock.advance(5_000);
  assert.deepEqual(ended, ['stream_ended']);
  streams.dispose();
});

test('a snapshot that is disposed of before leaves no timer', async (t) => {
  const { clock, streams, residents } = await opened({});
  t.after(() => residents.close());
  streams.retire(false);
  streams.dispose();
  assert.equal(clock.pending, 0);
});

test('M163 an identity that expires or whose token is revoked ends its stream within five seconds', async (t) => {
  const { clock, streams, residents, identities } = await opened({});
  t.after(() => residents.close());
  const ended: string[] = [];
  const keep = (name: string, expiresAt: number): void => {
    const { exchange } = makeExchange({ identity: makeIdentity({ claims: { jti: name }, expiresAt }) });
    streams.keeper.keepSocket(exchange, (reason) => ended.push(`${name} ${reason.code}`));
  };
  const soon = () => new Promise((resolve) => setImmediate(resolve));
  keep('expires', clock.wall() + 2_500);
  keep('revoked', Number.POSITIVE_INFINITY);
  keep('stays', Number.POSITIVE_INFINITY);
  clock.advance(1_000);
  await soon();
  await identities.revocations.revoke('revoked');
  for (let second = 0; second < 5; second += 1) {
    clock.advance(1_000);
    await soon();
  }
  assert.ok(ended.includes('expires invalid_credentials'));
  assert.ok(ended.includes('revoked invalid_credentials'));
  assert.ok(!ended.some((line) => line.startsWith('stays')));
});

test('M163 so it ends proxied sockets, and a reload does after the grace of `streams`', async (t) => {
  const { clock, streams, residents, identities } = await opened({});
  t.after(() => residents.close());
  const ended: string[] = [];
  const hold = (name: string): void => {
    const { exchange } = makeExchange({ identity: makeIdentity({ subject: name, claims: { jti: name } }) });
    const limits = { idleMs: undefined, lifetimeMs: 86_400_000, maxPerCaller: 10 };
    const held = streams.bounds.hold(exchange, 'socket', '/r', limits, (error) => {
      ended.push(`${name} ${error.code}`);
      held.release('credentials');
    });
  };
  hold('revoked');
  hold('lasting');
  await identities.revocations.revoke('revoked');
  for (let second = 0; second < 5 && ended.length === 0; second += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(ended, ['revoked invalid_credentials']);
  streams.retire(false);
  // Its snapshot is gone before the socket is: the end still comes.
  streams.dispose();
  clock.advance(15 * 60_000);
  assert.deepEqual(ended.slice(1), ['lasting stream_ended']);
});
