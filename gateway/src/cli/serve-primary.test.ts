import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { usableCpus } from '../workers/cpus.ts';
import { workerCount, workerProgram } from './serve-primary.ts';
import { withYoungGeneration } from './young-generation.ts';

const count = (workers: unknown): number => workerCount({ config: configSchema.parse({ workers }) });

test('as many as it says, one where it says nothing, and one for each processor where it shall find out', () => {
  assert.deepEqual([count(undefined), count(3), count({ count: 5 })], [1, 3, 5]);
  assert.deepEqual([count('auto'), count({})], [usableCpus(), usableCpus()]);
});

test('a worker runs with the options of node that a process alone gives itself, and with none that only one can have', () => {
  const { execArgv } = workerProgram(['--no-warnings', '--inspect=127.0.0.1:9229', '--inspect-port=0']);
  assert.deepEqual(execArgv, withYoungGeneration(['--no-warnings', '--inspect-port=0']));
  const chosen = ['--max-semi-space-size=16', '--no-memory-reducer'];
  assert.deepEqual(workerProgram(chosen).execArgv, chosen);
});
