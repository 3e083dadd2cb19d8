import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { usableCpus } from '../workers/cpus.ts';
import { workerCount } from './serve-primary.ts';

const count = (workers: unknown): number => workerCount({ config: configSchema.parse({ workers }) });

test('as many as it says, one where it says nothing, and one for each processor where it shall find out', () => {
  assert.deepEqual([count(undefined), count(3), count({ count: 5 })], [1, 3, 5]);
  assert.deepEqual([count('auto'), count({})], [usableCpus(), usableCpus()]);
});
