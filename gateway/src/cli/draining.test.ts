import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainWithin } from './draining.ts';
import { recordedTerminal } from './testing.fixture.ts';

test('a drain that fails is told, and what it was asked for is passed on', async () => {
  const terminal = recordedTerminal();
  const asked: (number | undefined)[] = [];
  await drainWithin({ drain: async (ms) => void asked.push(ms) }, terminal, 0);
  assert.deepEqual([asked, terminal.stderr()], [[0], '']);
  await drainWithin({ drain: () => Promise.reject(new Error('the store is gone')) }, terminal);
  assert.equal(terminal.stderr(), 'draining failed: the store is gone\n');
});

test('what does not end in time is left behind', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const terminal = recordedTerminal();
  const drained = drainWithin({ drain: () => new Promise(() => {}) }, terminal);
  t.mock.timers.tick(25_000);
  await drained;
  assert.equal(terminal.stderr(), 'not done after 25 s: ending all the same\n');
});
