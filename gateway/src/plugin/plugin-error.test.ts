import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PluginError } from './plugin-error.ts';

test('one fault stands on the line, several each on its own', () => {
  assert.equal(new PluginError('p', ['a']).message, 'plugin p: a');
  assert.equal(new PluginError('p', ['a', 'b']).message, 'plugin p:\n  - a\n  - b');
});
