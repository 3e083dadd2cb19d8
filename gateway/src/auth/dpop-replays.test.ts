import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { MemoryStore } from '../state/memory.ts';
import { type Script, type ScriptStore, storeGone } from '../state/store.ts';
import { DpopReplays } from './dpop-replays.ts';

const HORIZON_MS = 120_000;

/** A store that processes share, until it is gone. */
class SharedStore extends MemoryStore implements ScriptStore {
  isGone = false;
  override async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.isGone) throw storeGone('gone');
    return super.add(key, value, ttlMs);
  }
  async run(_script: Script): Promise<unknown> {
    return undefined;
  }
}

function replaysOn(
  store: MemoryStore,
  clock: ManualClock,
  policy: { whenStoreIsGone?: 'allow' | 'deny'; maxKept?: number } = {},
): DpopReplays {
  const replays = new DpopReplays({ store, clock, logger: noLogger });
  replays.configure({ whenStoreIsGone: 'allow', maxKept: 1_000, ...policy }, HORIZON_MS);
  return replays;
}

const used = async (replays: DpopReplays, digest: string): Promise<void> => replays.use(digest, HORIZON_MS);
const refused = { code: 'invalid_credentials' };

test('a proof is used once for as long as it could hold, and then forgotten', async () => {
  const clock = new ManualClock();
  const replays = replaysOn(new MemoryStore({ clock }), clock);
  await used(replays, 'a');
  await assert.rejects(used(replays, 'a'), refused);
  clock.advance(HORIZON_MS / 2);
  await used(replays, 'b');
  clock.advance(HORIZON_MS / 2 - 1);
  await assert.rejects(used(replays, 'a'), refused);
  clock.advance(1);
  await used(replays, 'c');
  await assert.rejects(used(replays, 'b'), refused);
  clock.advance(HORIZON_MS * 3);
  await used(replays, 'd');
  assert.equal(replays.size, 1);
});

test('of two processes that get one proof at once, one takes it', async () => {
  const clock = new ManualClock();
  const store = new SharedStore({ clock });
  const [one, other] = [replaysOn(store, clock), replaysOn(store, clock)];
  const outcomes = await Promise.allSettled([used(one, 'a'), used(other, 'a'), used(one, 'a')]);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('without the store each process holds its own, or nothing is taken, as the policy says', async () => {
  const clock = new ManualClock();
  const store = new SharedStore({ clock });
  const [lenient, strict] = [replaysOn(store, clock), replaysOn(store, clock, { whenStoreIsGone: 'deny' })];
  store.isGone = true;
  await used(lenient, 'a');
  await assert.rejects(used(lenient, 'a'), refused);
  await assert.rejects(used(strict, 'b'), { code: 'upstream_unavailable' });
  store.isGone = false;
  await used(strict, 'c');
  await assert.rejects(used(lenient, 'c'), refused);
});

test('memory is bounded: what the store has too is forgotten first, and nothing that it has not', async () => {
  const clock = new ManualClock();
  const alone = replaysOn(new MemoryStore({ clock }), clock, { maxKept: 10 });
  for (let i = 0; i < 10; i += 1) await used(alone, `a${i}`);
  await assert.rejects(used(alone, 'b'), { code: 'overloaded' });
  await assert.rejects(used(alone, 'a0'), refused);
  clock.advance(HORIZON_MS * 2);
  await used(alone, 'b');
  const store = new SharedStore({ clock });
  const shared = replaysOn(store, clock, { maxKept: 10 });
  for (let i = 0; i < 100; i += 1) await used(shared, `a${i}`);
  assert.ok(shared.size <= 10);
  await assert.rejects(used(shared, 'a0'), refused);
});
