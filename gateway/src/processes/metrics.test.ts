import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counting } from '../core/testing/counting-meter.ts';
import { processMetrics } from './metrics.ts';

test('each process has series of its own', () => {
  const { meter, series } = counting();
  const { restarts, hangs, ready } = processMetrics(meter);
  restarts(1, 'web');
  hangs(1, 'web');
  ready(1, 'mobile');
  assert.deepEqual(
    [...series],
    [
      ['frontdesk_process_restarts_total{web}', 1],
      ['frontdesk_process_hangs_total{web}', 1],
      ['frontdesk_process_ready{mobile}', 1],
    ],
  );
});
