import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Drift } from '../../bff/drift.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { driftReports } from './drift-reports.ts';

it('counts every drift and logs each place once a minute', () => {
  const clock = new ManualClock();
  const counted: string[][] = [];
  const lines: object[] = [];
  const tell = driftReports({
    bff: 'mobile',
    clock,
    logger: { ...noLogger, warn: (fields: object) => lines.push(fields) },
    meter: {
      ...noMeter,
      counter:
        () =>
        (_value, ...labels) =>
          counted.push(labels),
    },
  });
  const drift: Drift = {
    upstream: 'users',
    endpoint: 'GET /users/{id}',
    pointer: '/name',
    expected: 'string',
    outcome: 'refused',
  };
  tell(drift);
  tell(drift);
  tell({ ...drift, pointer: '/tier' });
  assert.equal(lines.length, 2);
  assert.deepEqual(lines[0], { bff: 'mobile', ...drift });
  clock.advance(60_000);
  tell(drift);
  assert.equal(lines.length, 3);
  assert.deepEqual(counted[0], ['mobile', 'users', 'GET /users/{id} /name', 'refused']);
  assert.equal(counted.length, 4);
});
