import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { childrenCpuMs, cpuMsOf } from './cpu-time.ts';

test('reads what children used, whatever the name of the process is', () => {
  const stat = '12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 130 25 20 0 1 0';
  assert.equal(cpuMsOf(stat), 1_550);
});

test('counts a child once it has ended', { skip: process.platform !== 'linux' && 'it is of Linux' }, () => {
  const before = childrenCpuMs() ?? Number.NaN;
  spawnSync(process.execPath, [
    '-e',
    'const end = process.cpuUsage(); while (process.cpuUsage(end).user < 1e5);',
  ]);
  assert.ok((childrenCpuMs() ?? 0) - before >= 100);
});
