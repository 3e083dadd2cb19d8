import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { openTelemetry } from './telemetry-residents.ts';

function configOf(telemetry: Record<string, unknown>) {
  return configSchema.parse({ telemetry: { level: 'silent', ...telemetry } }).telemetry;
}

test('what is off is not there, and the build is told', async () => {
  const config = configOf({ accessLog: { enabled: false } });
  const { residents, close } = await openTelemetry(config, new ManualClock());
  assert.deepEqual([residents.accessLines, residents.tracing], [undefined, undefined]);
  assert.match(await residents.metrics.text(), /^frontdesk_build_info\{/m);
  await close();
});

test('lines that are held back are written when it is closed', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'frontdesk-telemetry-')), 'access.log');
  const config = configOf({ accessLog: { file, buffer: '64KiB' } });
  const { residents, close } = await openTelemetry(config, new ManualClock());
  residents.accessLines?.write('{"a":1}\n');
  await close();
  assert.equal(readFileSync(file, 'utf8'), '{"a":1}\n');
});
