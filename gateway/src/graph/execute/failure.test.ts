import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { Failure } from './failure.ts';

test('a failure of ours shows its title and code, never its detail', () => {
  const failure = Failure.fromError(
    new FrontdeskError('upstream_timeout', { detail: 'host a.internal' }),
    'a',
  );
  assert.deepEqual(failure.entries, [
    {
      message: 'A backend did not answer in time',
      code: 'UPSTREAM_TIMEOUT',
      subgraph: 'a',
      below: [],
      fromParent: false,
    },
  ]);
});
