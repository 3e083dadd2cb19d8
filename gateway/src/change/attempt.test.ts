import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptOf } from './attempt.ts';

test('faults are its reasons, each with its place', () => {
  const fault = { file: 'a.yaml', line: 2, column: 3, path: 'zone', message: 'is wrong' };
  const version = { number: 1, digest: 'd', source: 'start' as const, at: 0 };
  const said = { source: 'file' as const, at: 0, tookMs: 0, outcome: 'refused' as const, version };
  assert.deepEqual(attemptOf({ ...said, faults: [fault] }).reasons, ['a.yaml:2:3: zone: is wrong']);
  assert.deepEqual(attemptOf(said).changes, []);
});
