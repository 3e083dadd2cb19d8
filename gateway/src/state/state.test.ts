import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryStore } from './memory.ts';
import { openBinaryStore, openStore, stateConfig } from './state.ts';
import { defineScript } from './store.ts';

test('memory by default; Redis by its URL with a limit of 25 ms', () => {
  assert.equal(stateConfig.parse(undefined), 'memory');
  assert.deepEqual(stateConfig.parse({ redis: 'redis://localhost:6379' }), {
    redis: 'redis://localhost:6379',
    commandLimit: 25,
  });
});

test('what is no Redis URL is refused, and a password in it is not repeated', () => {
  for (const redis of ['http://:canary@x', 'canary', 'redis://']) {
    const result = stateConfig.safeParse({ redis });
    assert.equal(result.success, false);
    assert.ok(!JSON.stringify(result.error?.issues).includes('canary'));
  }
  assert.equal(stateConfig.safeParse({ redis: 'redis://x', commandLimit: '1h' }).success, false);
  assert.equal(stateConfig.safeParse({ redis: 'redis://x', url: 'y' }).success, false);
});

test('memory opens the memory store', async () => {
  const store = await openStore('memory', { clock: new ManualClock(), logger: noLogger, meter: noMeter });
  assert.ok(store instanceof MemoryStore);
});

test('large values have a connection of their own, opened when it is asked for; memory has none', async () => {
  const parts = { clock: new ManualClock(), logger: noLogger };
  assert.equal(openBinaryStore('memory', parts), undefined);
  const config = stateConfig.parse({ redis: 'redis://127.0.0.1:1' });
  const store = await openBinaryStore(config, parts)?.();
  await assert.rejects(store?.runBinary(defineScript('return 1'), [], []) ?? Promise.resolve());
  await store?.close();
});
