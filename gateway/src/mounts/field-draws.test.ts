import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryLimiter } from '../limits/memory-limiter.ts';
import { fieldDraws } from './field-draws.ts';

test('a field draws from a token bucket of its limit, for each key', async () => {
  const clock = new ManualClock();
  const draw = fieldDraws(new MemoryLimiter({ clock, meter: noMeter }));
  const limit = { capacity: 2, refillPerMs: 2 / 60_000 };
  for (const left of [1, 0]) assert.equal((await draw(limit, ['f', 'a'], 1)).remaining, left);
  const refused = await draw(limit, ['f', 'a'], 1);
  assert.deepEqual([refused.allowed, refused.retryAfterMs], [false, 30_000]);
  assert.equal((await draw(limit, ['f', 'b'], 1)).allowed, true);
  clock.advance(30_000);
  assert.equal((await draw(limit, ['f', 'a'], 1)).allowed, true);
});
