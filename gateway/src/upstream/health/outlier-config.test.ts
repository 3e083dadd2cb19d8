import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outlierConfig } from './outlier-config.ts';

test('it is on, with Envoy’s defaults', () => {
  assert.deepEqual(outlierConfig.parse(undefined), {
    enabled: true,
    consecutive5xx: 5,
    consecutiveGatewayFailures: 5,
    interval: 10_000,
    ejectFor: 30_000,
    maxEjectFor: 300_000,
    maxEjected: 10,
    successRate: { enabled: true, minimumHosts: 5, minimumCalls: 100, deviations: 1.9 },
  });
  assert.deepEqual(outlierConfig.parse({ failurePercentage: {} }).failurePercentage, {
    threshold: 85,
    minimumHosts: 5,
    minimumCalls: 50,
  });
});

test('false is short for switched off, and true for the defaults', () => {
  assert.deepEqual(outlierConfig.parse(false), { ...outlierConfig.parse({}), enabled: false });
  assert.deepEqual(outlierConfig.parse(true), outlierConfig.parse(undefined));
});

test('what makes no sense is refused', () => {
  for (const bad of [
    { maxEjected: 101 },
    { ejectFor: '400s' },
    { ejectFor: '0s' },
    { interval: '0s' },
    { consecutive5xx: -1 },
    { successRate: { minimumHosts: 1 } },
    { successRate: false },
  ]) {
    assert.equal(outlierConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});
