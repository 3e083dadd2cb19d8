import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { ExchangedTokens } from './exchanged-tokens.ts';

const forever = Number.POSITIVE_INFINITY;

function rig(maxTokens = 10) {
  const clock = new ManualClock();
  let made = 0;
  const tokens = new ExchangedTokens({ clock, random: () => 0, defaultLifetimeMs: 60_000, maxTokens });
  const fetch = async () => {
    made += 1;
    return { value: `x${made}`, lifetimeMs: 100_000 };
  };
  return { clock, tokens, get: (token: string, expiresAt = forever) => tokens.get(token, expiresAt, fetch) };
}

test('each caller has its own, had once', async () => {
  const { get } = rig();
  assert.deepEqual(await Promise.all([get('a'), get('a'), get('b')]), ['x1', 'x1', 'x2']);
  assert.equal(get('b'), 'x2');
});

test("none outlives the caller's token", async () => {
  const { get, clock } = rig();
  await get('a', clock.wall() + 10_000);
  clock.advance(7000);
  assert.equal(get('a'), 'x1');
  clock.advance(3000);
  assert.notEqual(get('a'), 'x1');
});

test('the one least recently used goes first', async () => {
  const { get, tokens } = rig(2);
  await get('a');
  await get('b');
  await get('a');
  await get('c');
  assert.equal(tokens.size, 2);
  assert.equal(get('a'), 'x1');
  assert.equal(await get('b'), 'x4');
});

test('one that a backend refused is had anew', async () => {
  const { get, tokens, clock } = rig();
  await get('a');
  clock.advance(6000);
  assert.equal(tokens.refused('a', 'x1'), true);
  assert.equal(await get('a'), 'x2');
});
