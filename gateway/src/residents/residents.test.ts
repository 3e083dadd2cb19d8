import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { openResidents } from './residents.ts';

test('what the configuration switches off is not there, and all is closed without a trace', async () => {
  const config = configSchema.parse({ telemetry: { accessLog: { enabled: false }, level: 'silent' } });
  const residents = await openResidents(config);
  assert.equal(residents.accessLines, undefined);
  assert.equal(residents.store.connected, true);
  const decisions = await residents.limits.limiter.take(
    [{ spec: { name: 'p', capacity: 1, refillPerMs: 0.001 }, key: ['a'] }],
    1,
  );
  assert.equal(decisions[0]?.allowed, true);
  assert.match(await residents.metrics.text(), /frontdesk_limit_decisions_total/);
  await residents.close();
});
