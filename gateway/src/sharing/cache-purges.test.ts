import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KeptParts } from '../bff/kept-parts.ts';
import { LastGood } from '../bff/last-good.ts';
import type { Clock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryChannels } from '../state/memory-channels.ts';
import { CachePurges } from './cache-purges.ts';

const keyOf = (...names: string[]) => JSON.stringify([...names, null, '*']);
const KEYS = [
  keyOf('mobile', 'home', 'user'),
  keyOf('mobile', 'home', 'users'),
  keyOf('mobile', 'orders', 'user'),
  keyOf('mobile2', 'home', 'user'),
];

function setUp() {
  const clock: Clock = new ManualClock();
  const keptParts = new KeptParts(clock);
  const lastGood = new LastGood(clock);
  const asked: unknown[] = [];
  const purges = new CachePurges({
    keptParts,
    lastGood,
    caches: {
      purge: async (...request) => {
        asked.push(request);
        return { upstreams: ['users'], removed: 1 };
      },
      purged() {},
    },
    logs: undefined,
    channels: new MemoryChannels({ logger: noLogger }),
    clock,
    logger: noLogger,
    meter: noMeter,
  });
  for (const key of KEYS) {
    keptParts.put(key, 1, 1);
    lastGood.put(key, '1');
  }
  const left = () =>
    KEYS.map((key) => `${keptParts.get(key, 1) ? 'k' : '-'}${lastGood.get(key, 1) ? 'g' : '-'}`).join(' ');
  const tagged = (tag: string) => purges.purge({ upstream: undefined, purge: { kind: 'tag', tag } });
  return { purges, tagged, left, asked };
}

it('goes by BFF, screen and part, and takes the last good values along', async () => {
  const { tagged, left, asked } = setUp();
  const told = { upstreams: [], removed: 0, parts: 1, processes: 1 };
  assert.deepEqual(await tagged('bff:mobile/home/user'), told);
  assert.equal(left(), '-- kg kg kg');
  await tagged('bff:mobile/home');
  assert.equal(left(), '-- -- kg kg');
  await tagged('bff:mobile');
  assert.equal(left(), '-- -- -- kg');
  assert.deepEqual(asked, []);
});

it('reaches upstreams by their own tags, and everything by all', async () => {
  const { purges, tagged, left } = setUp();
  assert.deepEqual(await tagged('p1'), { upstreams: ['users'], removed: 1, processes: 1 });
  assert.equal(left(), 'kg kg kg kg');
  const one = await purges.purge({ upstream: 'users', purge: { kind: 'all' } });
  assert.deepEqual(one, { upstreams: ['users'], removed: 1, processes: 1 });
  assert.equal(left(), 'kg kg kg kg');
  const all = await purges.purge({ upstream: undefined, purge: { kind: 'all' } });
  assert.deepEqual(all, { upstreams: ['users'], removed: 1, parts: 4, processes: 1 });
  assert.equal(left(), '-g -g -g -g');
});
