import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KeptParts } from './bff/kept-parts.ts';
import { LastGood } from './bff/last-good.ts';
import { cachePurges } from './cache-purges.ts';
import { ManualClock } from './core/manual-clock.ts';

const keyOf = (...names: string[]) => JSON.stringify([...names, null, '*']);

function setUp() {
  const clock = new ManualClock();
  const keptParts = new KeptParts(clock);
  const lastGood = new LastGood(clock);
  const asked: unknown[] = [];
  const purge = cachePurges({
    keptParts,
    lastGood,
    caches: {
      purge: async (...request) => {
        asked.push(request);
        return { upstreams: ['users'], removed: 1 };
      },
    },
  });
  const keys = [
    keyOf('mobile', 'home', 'user'),
    keyOf('mobile', 'home', 'users'),
    keyOf('mobile', 'orders', 'user'),
    keyOf('mobile2', 'home', 'user'),
  ];
  for (const key of keys) {
    keptParts.put(key, 1, 1);
    lastGood.put(key, '1');
  }
  const left = () =>
    keys.map((key) => `${keptParts.get(key, 1) ? 'k' : '-'}${lastGood.get(key, 1) ? 'g' : '-'}`).join(' ');
  const tagged = (tag: string) => purge({ upstream: undefined, purge: { kind: 'tag', tag } });
  return { purge, tagged, left, asked };
}

it('goes by BFF, screen and part, and takes the last good values along', async () => {
  const { tagged, left, asked } = setUp();
  assert.deepEqual(await tagged('bff:mobile/home/user'), { upstreams: [], removed: 0, parts: 1 });
  assert.equal(left(), '-- kg kg kg');
  await tagged('bff:mobile/home');
  assert.equal(left(), '-- -- kg kg');
  await tagged('bff:mobile');
  assert.equal(left(), '-- -- -- kg');
  assert.deepEqual(asked, []);
});

it('reaches upstreams by their own tags, and everything by all', async () => {
  const { purge, tagged, left } = setUp();
  assert.deepEqual(await tagged('p1'), { upstreams: ['users'], removed: 1 });
  assert.equal(left(), 'kg kg kg kg');
  const one = await purge({ upstream: 'users', purge: { kind: 'all' } });
  assert.deepEqual(one, { upstreams: ['users'], removed: 1 });
  assert.equal(left(), 'kg kg kg kg');
  const all = await purge({ upstream: undefined, purge: { kind: 'all' } });
  assert.deepEqual(all, { upstreams: ['users'], removed: 1, parts: 4 });
  assert.equal(left(), '-g -g -g -g');
});
