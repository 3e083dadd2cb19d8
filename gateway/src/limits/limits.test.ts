import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryStore } from '../state/memory.ts';
import { type ScriptStore, storeGone } from '../state/store.ts';
import { FallbackLimiter } from './fallback-limiter.ts';
import { createLimits } from './limits.ts';
import { MemoryLimiter } from './memory-limiter.ts';

const clock = new ManualClock();
const dependencies = { clock, logger: noLogger, meter: noMeter };

test('buckets in memory without a shared store', async () => {
  const limits = createLimits({ store: new MemoryStore({ clock }), workers: 1, ...dependencies });
  assert.ok(limits.limiter instanceof MemoryLimiter);
  await limits.close();
});

test('a shared store that was never there: the workers of this node share what there is', async () => {
  const gone = () => Promise.reject(storeGone('test'));
  const store: ScriptStore = {
    connected: false,
    get: gone,
    set: gone,
    delete: gone,
    close: async () => {},
    run: gone,
  };
  const limits = createLimits({ store, workers: 4, ...dependencies });
  assert.ok(limits.limiter instanceof FallbackLimiter);
  const spec = { name: 'p', capacity: 8, refillPerMs: 0.001 };
  const [decision] = await limits.limiter.take([{ spec, key: ['p', 'a', '/'] }], 1);
  assert.equal(decision?.remaining, 1);
  await limits.close();
});
