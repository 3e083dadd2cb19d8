/** What the definition of a live stream refuses. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defineBackends, z } from '../index.ts';
import { feed, live, liveOf, PushedSource, part, trip } from './live.fixture.ts';
import { liveMaker, partsOf } from './live.ts';

const source = feed(() => new PushedSource<string>());
const screen = trip({ status: part(() => 'new'), rider: part(() => 'Ada') });

it('knows its parts and its limits', () => {
  const one = liveOf({ status: source }, { screen, idle: '1m' });
  assert.deepEqual(partsOf(one), ['status', 'rider']);
  assert.deepEqual(
    [one.idleMs, one.maxDurationMs, one.slowConsumerMs, one.maxPerCaller],
    [60_000, 14_400_000, 30_000, 10],
  );
  assert.deepEqual(partsOf(liveOf({ status: source })), ['status']);
});

it('refuses what does not fit', () => {
  assert.throws(() => liveOf({}), /live live has no updates/);
  assert.throws(() => liveOf({ end: source }), /"end" is no name of a part/);
  assert.throws(() => liveOf({ position: source }, { screen }), /screen t has no part position/);
  assert.throws(() => liveOf({ status: source }, { until: { rider: () => true } }), /until speaks of rider/);
  assert.throws(() => liveOf({ status: source }, { maxPerCaller: 0 }), /maxPerCaller/);
  assert.throws(() => live({ path: '/l', field: 'l', updates: { status: source }, idle: '0s' }), /idle/);
});

it('holds its screen and its feeds to its input', () => {
  const kit = defineBackends({});
  const given = kit.takes(z.object({ id: z.string() }));
  const told = given.screen({ path: '/t/{id}', field: 't', parts: { status: part(() => 'new') } });
  const updates = { status: source };
  assert.throws(
    () => kit.live({ path: '/l', field: 'l', screen: told, updates }),
    /told id, and this is not/,
  );
  given.live({ path: '/l/{id}', field: 'l', screen: told, updates });
  const own = given.feed(async function* ({ input }) {
    yield input.id;
  });
  const untyped = liveMaker(undefined);
  assert.throws(() => untyped({ path: '/l', field: 'l', updates: { status: own } }), /another input/);
});

it('asks of who follows it whatever its screen asks', () => {
  const guarded = defineBackends({}).screen({
    path: '/t',
    field: 't',
    scopes: ['trip:read'],
    policies: ['own-trip'],
    parts: { status: part(() => 'new') },
  });
  const one = liveOf({ status: source }, { screen: guarded, scopes: ['trip:follow', 'trip:read'] });
  assert.deepEqual([one.scopes, one.policies], [['trip:read', 'trip:follow'], ['own-trip']]);
});
