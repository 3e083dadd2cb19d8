import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { aggregateReports } from './reports.ts';

it('logs failures each time, collisions once each and not without end', () => {
  const logged: Readonly<Record<string, unknown>>[] = [];
  const logger = {
    ...noLogger,
    warn: (fields: Readonly<Record<string, unknown>>) => void logged.push(fields),
  };
  const reports = aggregateReports('/r', logger, noMeter);
  const report = { screen: '/r', part: 'a', outcome: 'failed', durationMs: 5 } as const;
  reports.part({ ...report, failure: new FrontdeskError('circuit_open', { detail: 'why' }) });
  reports.part({ ...report, outcome: 'ok', failure: undefined });
  assert.deepEqual(logged, [{ route: '/r', part: 'a', code: 'circuit_open', detail: 'why', durationMs: 5 }]);
  for (let i = 0; i < 100; i += 1) for (const part of ['a', 'a']) reports.collision(part, `m${i}`);
  assert.equal(logged.length, 1 + 32);
});
