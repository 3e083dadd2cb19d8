import assert from 'node:assert/strict';
import { test } from 'node:test';
import { telemetryConfig } from './config.ts';

test('everything has a default', () => {
  assert.deepEqual(telemetryConfig.parse(undefined), {
    level: 'info',
    flood: 100,
    accessLog: { enabled: true, redact: [], buffer: 8 * 1024 * 1024, routes: {} },
    metrics: { maxSeries: 2_000, exemplars: 'all' },
  });
});

test('unknown words are refused', () => {
  assert.equal(telemetryConfig.safeParse({ level: 'loud' }).success, false);
  assert.equal(telemetryConfig.safeParse({ acessLog: {} }).success, false);
});
