import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { discoverConfig } from './config.ts';
import { Discovery } from './discovery.ts';

test('upstreams and snapshots that ask for the same share one source, for as long as one of them is there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-discovery-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'endpoints.yaml');
  writeFileSync(path, 'endpoints: ["http://127.0.0.1:1"]');
  const discovery = new Discovery({
    clock: systemClock,
    random: Math.random,
    meter: noMeter,
    logger: noLogger,
  });
  const parse = (more: object = {}) => discoverConfig.parse({ file: { path }, ...more });

  const first = discovery.lease(parse());
  await first.value.started;
  assert.equal(first.value.endpoints?.length, 1);
  const second = discovery.lease(parse());
  assert.equal(second.value, first.value, 'its endpoints are there at once');
  const other = discovery.lease(parse({ allowEmpty: true }));
  assert.notEqual(other.value, first.value);
  assert.equal(discovery.size, 2);

  await other.release();
  await first.release();
  assert.equal(discovery.size, 1);
  let told = 0;
  second.value.subscribe(() => {
    told += 1;
  });
  await second.release();
  assert.equal(discovery.size, 0);
  assert.equal(told, 0);
});
