import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, processTerminal } from './terminal.ts';

test('scripts rely on the exit codes', () => {
  assert.deepEqual([EXIT_OK, EXIT_FAILED, EXIT_USAGE], [0, 1, 2]);
  assert.equal(processTerminal.env, process.env);
});
