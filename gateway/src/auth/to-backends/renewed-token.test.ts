import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { RenewedToken } from './renewed-token.ts';
import type { GrantedToken } from './token-endpoint.ts';

function rig({ lifetimeMs = 100_000, isSilent = false, chance = 0 } = {}) {
  const clock = new ManualClock();
  const failures: boolean[] = [];
  const state = { fetches: 0, fails: false, held: undefined as Promise<void> | undefined };
  const kept = new RenewedToken({
    clock,
    random: () => chance,
    defaultLifetimeMs: 60_000,
    onFailure: (_, servesOld) => failures.push(servesOld),
  });
  const fetch = async (): Promise<GrantedToken> => {
    state.fetches += 1;
    const value = `t${state.fetches}`;
    await state.held;
    if (state.fails) throw new Error('no token');
    return { value, lifetimeMs: isSilent ? undefined : lifetimeMs };
  };
  return { clock, kept, state, failures, get: () => kept.get(fetch) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('all who ask at once wait for one fetch, and later ones are answered at once', async () => {
  const { get, state } = rig();
  assert.deepEqual(await Promise.all([get(), get(), get()]), ['t1', 't1', 't1']);
  assert.equal(get(), 't1');
  assert.equal(state.fetches, 1);
});

test('it is renewed before it ends, and nobody waits for that', async () => {
  const { get, state, clock } = rig();
  await get();
  clock.advance(79_000);
  assert.equal(get(), 't1');
  assert.equal(state.fetches, 1);
  clock.advance(1000);
  assert.equal(get(), 't1');
  assert.equal(get(), 't1');
  assert.equal(state.fetches, 2);
  await settled();
  assert.equal(get(), 't2');
  const early = rig({ chance: 0.999 });
  await early.get();
  early.clock.advance(71_000);
  early.get();
  assert.equal(early.state.fetches, 2);
});

test('a renewal that fails changes nothing until the old one ends; then who asks is refused, for a second', async () => {
  const { get, state, clock, failures } = rig();
  await get();
  state.fails = true;
  clock.advance(85_000);
  assert.equal(get(), 't1');
  await settled();
  clock.advance(500);
  assert.equal(get(), 't1');
  assert.equal(state.fetches, 2);
  // Not for the last moments of its life.
  clock.advance(9600);
  await assert.rejects(async () => get());
  await assert.rejects(async () => get());
  assert.equal(state.fetches, 3);
  assert.deepEqual(failures, [true, false]);
  state.fails = false;
  clock.advance(1000);
  assert.equal(await get(), 't4');
});

test('a token of which nothing is said is used for the default, and one of no life for those who wait', async () => {
  const { get, state, clock } = rig({ isSilent: true });
  const brief = rig({ lifetimeMs: 0 });
  await get();
  clock.advance(47_000);
  assert.equal(get(), 't1');
  clock.advance(11_000);
  assert.notEqual(get(), 't1');
  assert.equal(state.fetches, 2);
  assert.equal(await brief.get(), 't1');
  assert.equal(await brief.get(), 't2');
});

test('a refused token is forgotten, but not one that is new', async () => {
  const { get, kept, clock } = rig();
  await get();
  assert.equal(kept.refused('t1'), false);
  assert.equal(get(), 't1');
  clock.advance(5000);
  assert.equal(kept.refused('t1'), true);
  assert.equal(await get(), 't2');
  // Another call was refused with the old one and hears that there is a newer.
  assert.equal(kept.refused('t1'), true);
  assert.equal(get(), 't2');
});
