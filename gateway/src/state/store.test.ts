import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { MemoryStore } from './memory.ts';
import { defineScript, isScriptStore, storeGone } from './store.ts';

test('a script carries the SHA-1 by which Redis knows it', () => {
  assert.equal(defineScript('return 1').sha1, 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db');
});

test('the memory store runs no scripts', () => {
  assert.equal(isScriptStore(new MemoryStore({ clock: new ManualClock() })), false);
});

test('a store that is gone is a retryable 503 whose detail stays inside', () => {
  const error = storeGone('closed');
  assert.equal(error.status, 503);
  assert.equal(error.retryAfterS, 1);
  assert.ok(!error.message.includes('closed'));
});
