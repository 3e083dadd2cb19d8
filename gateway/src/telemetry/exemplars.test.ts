import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOf } from './exemplars.ts';

test('all traces, recorded ones or none', () => {
  const recorded = { traceId: 'a', spanId: 's', sampled: true, state: undefined };
  const lost = { ...recorded, traceId: 'b', sampled: false };
  const shown = (which: 'all' | 'sampled' | 'off') => [recorded, lost].map(traceOf(which));
  assert.deepEqual(
    [shown('all'), shown('sampled'), shown('off')],
    [
      ['a', 'b'],
      ['a', ''],
      ['', ''],
    ],
  );
});
