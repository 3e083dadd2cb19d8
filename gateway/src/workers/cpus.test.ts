import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { usableCpus } from './cpus.ts';

const root = mkdtempSync(join(tmpdir(), 'frontdesk-cgroup-'));
after(() => rmSync(root, { recursive: true }));

function group(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('as many as it may run on, where no group has a limit', () => {
  assert.equal(usableCpus(8, group('none', {}), ''), 8);
  assert.equal(usableCpus(8, group('max', { 'cpu.max': 'max 100000\n' }), ''), 8);
  assert.equal(
    usableCpus(8, group('old', { 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '100000' }), ''),
    8,
  );
});

test("no more than its share of time, rounded up, in either version's words", () => {
  assert.equal(usableCpus(8, group('half', { 'cpu.max': '50000 100000\n' }), ''), 1);
  assert.equal(usableCpus(8, group('more', { 'cpu.max': '150000 100000\n' }), ''), 2);
  assert.equal(
    usableCpus(8, group('v1', { 'cpu/cpu.cfs_quota_us': '300000', 'cpu/cpu.cfs_period_us': '100000' }), ''),
    3,
  );
  assert.equal(usableCpus(2, group('many', { 'cpu.max': '900000 100000\n' }), ''), 2);
});

test("a parent's limit holds for its children", () => {
  const tree = group('tree', { 'a/cpu.max': '200000 100000', 'a/b/cpu.max': 'max 100000' });
  assert.equal(usableCpus(8, tree, '/a/b'), 2);
});

test('here it is at least one', () => {
  assert.ok(usableCpus() >= 1);
});
