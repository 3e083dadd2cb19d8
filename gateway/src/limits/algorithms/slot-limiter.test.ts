import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { openStore } from '../../state/state.ts';
import type { StateStore } from '../../state/store.ts';
import { startCluster, type TestCluster } from '../../state/testing/redis-cluster-server.ts';
import { skipWithoutServer } from '../../state/testing/redis-server.ts';
import { allAllowed } from '../decision.ts';
import type { LimitCheck, Mode } from '../limiter.ts';
import { createLimits, type Limits } from '../limits.ts';

/** So many keys lie at every master. */
const WARM_KEYS = 32;

async function answered(store: StateStore, key: string): Promise<void> {
  while (
    !(await store.set(key, '', 1000).then(
      () => true,
      () => false,
    ))
  )
    await delay(20);
}

describe('limits in a Redis Cluster', { skip: skipWithoutServer, concurrency: false }, () => {
  let cluster: TestCluster;
  let store: StateStore;
  const made: Limits[] = [];
  before(async () => {
    cluster = await startCluster();
    const config = { redis: { cluster: [...cluster.urls] }, commandLimit: 250 };
    store = await openStore(config, { clock: systemClock, logger: noLogger, meter: noMeter });
    await store.settled();
    // One master answers by then; a first call to another may outlive its limit, and that is not what this is about.
    for (let i = 0; i < WARM_KEYS; i += 1) await answered(store, `warm ${i}`);
  });
  after(async () => {
    for (const limits of made) await limits.close();
    await store.close();
    await cluster.stop();
  });

  for (const mode of ['exact', 'leased'] as const satisfies Mode[]) {
    test(`${mode}: consumer, address and all together: none pays for another's refusal`, async () => {
      const wiring = { clock: systemClock, logger: noLogger, meter: noMeter };
      const { limiter, close } = createLimits({ store, workers: 1, mode, ...wiring });
      made.push({ limiter, close });
      const check = (name: string, capacity: number): LimitCheck => ({
        spec: { name, capacity, refillPerMs: 1e-9 },
        key: [`${mode}.${name}`, `${name} 1`, '/x'],
      });
      const all = check('all', 1000);
      const address = check('address', 30);
      const consumer = check('consumer', 20);
      const three = [all, address, consumer];
      let admitted = 0;
      for (let i = 0; i < 40; i += 1) if (allAllowed(await limiter.take(three, 1))) admitted += 1;
      assert.equal(admitted, 20);
      const names = (await limiter.take(three, 1)).map(({ spec, allowed }) => [spec.name, allowed]);
      assert.deepEqual(names, [
        ['all', true],
        ['address', true],
        ['consumer', false],
      ]);
      // Now the wide one refuses: what the narrow one gave is given back.
      const other = check('other', 50);
      let more = 0;
      for (let i = 0; i < 40; i += 1) if (allAllowed(await limiter.take([other, address], 1))) more += 1;
      assert.equal(more, 10);
      // What goes back to a lease's bucket is on its way for a moment.
      const leaves = async (one: LimitCheck, tokens: number) => {
        while ((await limiter.take([one], 0))[0]?.remaining !== tokens) await delay(5);
      };
      await leaves(all, 980);
      await leaves(address, 0);
      await leaves(other, 40);
    });
  }
});
