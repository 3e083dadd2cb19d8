import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { MemoryStore } from '../state/memory.ts';
import { type StateStore, storeGone } from '../state/store.ts';
import { RevocationList, revocationConfig } from './revocation.ts';

function setUp(whenStoreIsGone: 'allow' | 'deny' = 'allow', maxEntries = 100) {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const state = { asked: 0, gone: false };
  const store: StateStore = {
    get connected() {
      return !state.gone;
    },
    settled: async () => {},
    get: async (key) => {
      state.asked += 1;
      if (state.gone) throw storeGone('test');
      return memory.get(key);
    },
    set: (key, value, ttlMs) => memory.set(key, value, ttlMs),
    delete: (key) => memory.delete(key),
    add: (key, value, ttlMs) => memory.add(key, value, ttlMs),
    close: () => memory.close(),
  };
  const messages: string[] = [];
  const log = (_fields: object, message: string) => void messages.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const list = new RevocationList({ config: { whenStoreIsGone }, store, clock, logger, maxEntries });
  return { clock, memory, state, list, messages };
}

test('the store is asked once, then at once from memory for two seconds', async () => {
  const { state, list } = setUp();
  const [one, two] = await Promise.all([list.isRevoked('j'), list.isRevoked('j')]);
  assert.deepEqual([one, two, state.asked], [false, false, 1]);
  assert.equal(list.isRevoked('j'), false);
});

test('a revocation elsewhere holds within five seconds, for a token in use and for one that rested', async () => {
  const { clock, memory, list } = setUp();
  await list.isRevoked('used');
  await list.isRevoked('rested');
  await memory.set('revoked:used', '1', 60_000);
  await memory.set('revoked:rested', '1', 60_000);
  clock.advance(2000);
  assert.equal(list.isRevoked('used'), false, 'the old answer, and a new one behind it');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(list.isRevoked('used'), true);
  clock.advance(3000);
  assert.equal(await list.isRevoked('rested'), true);
});

test('who revokes here sees it at once, and the store keeps it until the token ends', async () => {
  const { clock, memory, list } = setUp();
  await list.isRevoked('j');
  await list.revoke('j', clock.wall() + 60_000);
  assert.equal(list.isRevoked('j'), true);
  clock.advance(60_000);
  assert.equal(await memory.get('revoked:j'), '1', 'the clock skew is covered');
  clock.advance(300_000);
  assert.equal(await memory.get('revoked:j'), undefined);
  await list.revoke('past', clock.wall() - 1);
  assert.equal(await memory.get('revoked:past'), undefined);
});

test('what was seen revoked stays so, though the store is empty or gone', async () => {
  const { clock, memory, state, list } = setUp();
  await memory.set('revoked:j', '1', 60_000);
  assert.equal(await list.isRevoked('j'), true);
  await memory.delete('revoked:j');
  clock.advance(10_000);
  assert.equal(list.isRevoked('j'), true);
  state.gone = true;
  clock.advance(10_000);
  assert.equal(list.isRevoked('j'), true);
});

test('without a store the policy decides: allow, or 503', async () => {
  const open = setUp('allow');
  open.state.gone = true;
  assert.equal(await open.list.isRevoked('j'), false);
  assert.equal(await open.list.isRevoked('j'), false);
  assert.deepEqual(open.messages, ['revocations cannot be looked up']);
  open.state.gone = false;
  assert.equal(await open.list.isRevoked('j'), false);
  assert.equal(open.messages.length, 2);

  const closed = setUp('deny');
  assert.equal(await closed.list.isRevoked('known'), false);
  closed.state.gone = true;
  await assert.rejects(
    async () => closed.list.isRevoked('j'),
    (error) => error instanceof FrontdeskError && error.status === 503,
  );
  closed.clock.advance(5000);
  await assert.rejects(async () => closed.list.isRevoked('known'), FrontdeskError);
});

test('a flood of tokens keeps the bound, and the revoked are forgotten last', async () => {
  const { memory, state, list } = setUp('allow', 10);
  await memory.set('revoked:bad', '1', 60_000);
  await list.isRevoked('bad');
  for (let i = 0; i < 100; i += 1) await list.isRevoked(`j${i}`);
  const asked = state.asked;
  assert.equal(list.isRevoked('bad'), true);
  assert.equal(state.asked, asked);
});

test('the policy is to allow unless configured', () => {
  assert.equal(revocationConfig.parse(undefined).whenStoreIsGone, 'allow');
});
