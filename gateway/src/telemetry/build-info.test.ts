import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counting } from '../core/testing/counting-meter.ts';
import { ownVersion, tellBuild } from './build-info.ts';

test('the build is told by the versions of the package and of Node', () => {
  const { meter, series } = counting();
  tellBuild(meter);
  assert.match(ownVersion(), /^\d+\.\d+\.\d+/);
  assert.deepEqual([...series], [[`frontdesk_build_info{${ownVersion()},${process.versions.node}}`, 1]]);
});
