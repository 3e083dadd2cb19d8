/** Decisions on splits between processes: over a real Redis, and over the primary process of a node. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { openChannels } from '../../state/channels.ts';
import { openLogs } from '../../state/logs.ts';
import { serveLogs } from '../../state/primary-log.ts';
import { RedisStore } from '../../state/redis.ts';
import { type StateConfig, stateConfig } from '../../state/state.ts';
import type { StateStore } from '../../state/store.ts';
import { skipWithoutServer, startRedis } from '../../state/testing/redis-server.ts';
import { pairOfWorkers } from '../../state/testing/worker-pair.ts';
import { splitConfig } from './config.ts';
import { SplitRegistry } from './registry.ts';
import { SharedSplits } from './shared-splits.ts';

const sides = { stable: { upstream: 'v1' }, canary: { upstream: 'v2' } };
const MINUTE = 60_000;

async function start(place: { state: StateConfig; store: StateStore; clock: Clock }, split: object) {
  const { state, store, clock } = place;
  const channels = await openChannels(state, { store, clock, logger: noLogger });
  const logs = openLogs(state, { store, clock, logger: noLogger });
  assert.ok(logs);
  const shared = new SharedSplits({ logs, channels, clock, logger: noLogger });
  const registry = new SplitRegistry({ clock, meter: noMeter, logger: noLogger, shared });
  const config = splitConfig.parse({ sides, ...split });
  const { value: rollout } = registry.lease('users', config, []);
  await registry.known;
  return {
    rollout,
    shared,
    async close() {
      shared.close();
      rollout.close();
      await logs.close();
      await channels.close();
    },
  };
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('splits between processes', { timeout: 300_000 }, () => {
  test('of one node: the newest word holds everywhere and in who starts later; steps go by one clock', async () => {
    const { clock, server, stores, start: startWorker } = pairOfWorkers(2);
    serveLogs(server, { clock });
    const [a, b] = stores;
    assert.ok(a && b);
    const split = { steps: [{ weight: 1, for: '10m' }, { weight: 10, for: '30m' }, { weight: 100 }] };
    const one = await start({ state: 'memory', store: a, clock }, split);
    clock.advance(9 * MINUTE);
    const other = await start({ state: 'memory', store: b, clock }, split);
    // Nobody has called yet: the first call begins the steps, in both.
    other.rollout.judge(0, 'success', 1);
    await until(() => one.rollout.view().nextStepAt === other.rollout.view().nextStepAt);
    clock.advance(5 * MINUTE);
    const late = await start({ state: 'memory', store: startWorker(), clock }, split);
    assert.equal(late.rollout.view().nextStepAt, one.rollout.view().nextStepAt);
    clock.advance(5 * MINUTE);
    for (const { rollout } of [one, other, late]) assert.deepEqual(rollout.shares, [0.9, 0.1]);
    one.rollout.decide(1, { kind: 'rollback' });
    assert.equal(await one.rollout.told, true);
    await until(() => late.rollout.shares[1] === 0 && other.rollout.shares[1] === 0);
    assert.equal(late.rollout.view().sides[1]?.by, 'rolled back');
    clock.advance(60 * MINUTE);
    const after = await start({ state: 'memory', store: startWorker(), clock }, split);
    assert.deepEqual(after.rollout.shares, [1, 0]);
    assert.equal(after.rollout.view().sides[1]?.reason, 'operator');
    other.rollout.decide(1, { kind: 'resume' });
    await until(() => [one, late, after].every(({ rollout }) => rollout.shares[1] === 0.1));
    await until(() =>
      [one, late, after].every(
        ({ rollout }) => rollout.view().nextStepAt === other.rollout.view().nextStepAt,
      ),
    );
    // Said at once by two: one of them is the newer, for all.
    one.rollout.decide(1, { kind: 'weight', share: 0.2 });
    after.rollout.decide(1, { kind: 'weight', share: 0.3 });
    await Promise.all([one.rollout.told, after.rollout.told]);
    const last = await start({ state: 'memory', store: startWorker(), clock }, split);
    const all = [one, other, late, after];
    await until(() => all.every(({ rollout }) => rollout.shares[1] === last.rollout.shares[1]));
    assert.equal(last.rollout.view().sides[1]?.by, 'set');
    for (const process of [...all, last]) await process.close();
  });

  test('through Redis: a rollback made while it was gone is told when it is back', {
    skip: skipWithoutServer,
  }, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const state = stateConfig.parse({ redis: redis.url });
    const open = async () => {
      const store = new RedisStore({
        url: redis.url,
        commandLimitMs: 1000,
        clock: systemClock,
        logger: noLogger,
        meter: noMeter,
      });
      await store.settled();
      const process = await start(
        { state, store, clock: systemClock },
        { rollback: {}, sides: { ...sides, canary: { upstream: 'v2', weight: 50 } } },
      );
      t.after(async () => {
        await process.close();
        await store.close();
      });
      return process;
    };
    const [one, other] = await Promise.all([open(), open()]);
    for (let i = 0; i < 200; i += 1) {
      one.rollout.judge(0, 'success', 1);
      one.rollout.judge(1, 'failure', 1);
    }
    assert.deepEqual(one.rollout.shares, [1, 0]);
    await until(() => other.rollout.shares[1] === 0);
    const reason = other.rollout.view().sides[1]?.reason;
    assert.ok(typeof reason === 'object' && reason.kind === 'error_rate');
    const later = await open();
    assert.deepEqual(later.rollout.shares, [1, 0]);
    other.rollout.decide(1, { kind: 'resume' });
    await until(() => [one, later].every(({ rollout }) => rollout.shares[1] === 0.5));
    await redis.kill();
    one.rollout.decide(1, { kind: 'rollback' });
    assert.equal(await one.rollout.told, false);
    await redis.restart();
    await until(() => [other, later].every(({ rollout }) => rollout.shares[1] === 0));
    // Nor does one that starts after Redis has lost everything go on with what was rolled back.
    await redis.kill();
    await redis.restart();
    const fresh = await open();
    await until(() => fresh.rollout.shares[1] === 0);
    assert.equal(fresh.rollout.view().sides[1]?.by, 'rolled back');
    assert.deepEqual(one.rollout.shares, [1, 0]);
  });
});
