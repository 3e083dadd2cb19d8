import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewaySource } from './gateway-source.ts';

test('a new package has the gateway that made it: its tarball, its sources or its version', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'frontdesk-source-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const key = 'node_modules/@frontdesk/gateway';
  const installed = join(root, key);
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{ "version": "1.2.3" }');
  assert.equal(gatewaySource(installed), '^1.2.3');
  const packages = { [key]: { resolved: 'file:../tarballs/gateway.tgz' } };
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  assert.equal(gatewaySource(installed), `file:${join(root, '../tarballs/gateway.tgz')}`);
  assert.equal(gatewaySource('/src/gateway'), 'file:/src/gateway');
});
