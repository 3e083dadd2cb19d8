import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginError } from './held.ts';

test('the client learns the name and the reason, the log all else', () => {
  const held = { name: 'p', folder: import.meta.dirname, timeoutMs: 50 };
  const error = pluginError(held, 'threw', new Error('secret'));
  assert.deepEqual(
    [error.status, error.message, error.members],
    [500, 'A plugin of the gateway failed', { plugin: 'p', reason: 'threw' }],
  );
  assert.match(error.detail ?? '', /^the plugin p failed: secret \(held\.test\.ts:\d+:\d+\)$/);
  assert.equal(pluginError(held, 'timed_out').detail, 'the plugin p did not answer in time (50 ms)');
  assert.equal(pluginError(held, 'threw', 'text').detail, 'the plugin p failed: text');
});
