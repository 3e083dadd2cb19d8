import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const token = (expiresAt: number) => ({
  claims: {},
  expiresAt,
  identity: undefined,
  madeFor: undefined,
});

test('an entry ends with its token, and after a minute', () => {
  const clock = new ManualClock();
  const tokens = new VerifiedTokens({ clock });
  tokens.add('short', token(clock.wall() + 1000));
  tokens.add('long', token(clock.wall() + 3_600_000));
  tokens.add('over', token(clock.wall()));
  assert.equal(tokens.get('over'), undefined);
  clock.advance(999);
  assert.ok(tokens.get('short'));
  clock.advance(1);
  assert.equal(tokens.get('short'), undefined);
  clock.advance(58_999);
  assert.ok(tokens.get('long'));
  clock.advance(1);
  assert.equal(tokens.get('long'), undefined);
  assert.equal(tokens.size, 0);
});

test('past the bound the least recently used goes', () => {
  const clock = new ManualClock();
  const tokens = new VerifiedTokens({ clock, maxEntries: 2 });
  const end = clock.wall() + 10_000;
  tokens.add('a', token(end));
  tokens.add('b', token(end));
  tokens.get('a');
  tokens.add('c', token(end));
  assert.equal(tokens.get('b'), undefined);
  assert.ok(tokens.get('a') && tokens.get('c'));
});

test('a token that is used stays, however many others come and go', () => {
  const clock = new ManualClock();
  const tokens = new VerifiedTokens({ clock, maxEntries: 8 });
  const end = clock.wall() + 10_000;
  tokens.add('used', token(end));
  for (let i = 0; i < 100; i += 1) {
    tokens.add(`once ${i}`, token(end));
    assert.ok(tokens.get('used'), `after ${i}`);
    assert.ok(tokens.size <= 8);
  }
  assert.equal(tokens.get('once 0'), undefined);
});
