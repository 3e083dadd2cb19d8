import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from './child.ts';
import { runQueue } from './queue.ts';
import { emptyTally, findTestFiles, jobsOf, type Tally } from './suite.ts';

const OPEN = "import { describe, it, test } from 'node:test';\n";

async function tallyOf(
  context: { after: (clean: () => void) => void },
  ...sources: readonly string[]
): Promise<Tally> {
  const root = mkdtempSync(join(tmpdir(), 'frontdesk-suite-'));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [i, source] of sources.entries()) writeFileSync(join(root, `${'abcd'[i]}.test.ts`), source);
  const tally = emptyTally();
  await runQueue(jobsOf(root, findTestFiles(root, []), tally), 1);
  return tally;
}

test('counts tests, not suites; names what failed and what was left out', async (t) => {
  const body =
    "describe('s', () => { it('good', () => {}); it('bad', () => { throw new Error('x'); }); it('out', { skip: 'no server' }, () => {}); });";
  const { times, ...tally } = await tallyOf(t, OPEN + body);
  assert.deepEqual(tally, {
    passed: 1,
    failed: 1,
    skipped: ['a.test.ts: out (no server)'],
    failures: ['a.test.ts: bad'],
  });
  assert.deepEqual(
    times.map(({ what }) => what),
    ['a.test.ts'],
  );
});

test('a process that dies after a passed test is a failure', async (t) => {
  const tally = await tallyOf(
    t,
    `${OPEN}test('good', () => {}); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`,
  );
  assert.equal(tally.failed, 1);
  assert.match(tally.failures[0] ?? '', /SIGKILL/);
});

test('a file that cannot be loaded, or that holds no test, is a failure', async (t) => {
  assert.equal((await tallyOf(t, "import './missing.ts';")).failed, 1);
  assert.match((await tallyOf(t, 'export {};')).failures[0] ?? '', /holds no test/);
});

test('files in one process count as files: failures are named by theirs', async (t) => {
  const good = `${OPEN}test('good', () => {});`;
  const tally = await tallyOf(t, good, `${OPEN}test('bad', () => { throw new Error('x'); });`, good);
  assert.deepEqual([tally.passed, tally.failures], [2, ['b.test.ts: bad']]);
});

test('of files in one process, each has the time of its own tests', async (t) => {
  const quick = `${OPEN}test('good', () => {});`;
  const busy = 'const end = performance.now() + 100; while (performance.now() < end);';
  const slow = `${OPEN}describe('s', () => { it('a', () => { ${busy} }); it('b', () => { ${busy} }); });`;
  const { times, passed } = await tallyOf(t, quick, slow);
  assert.equal(passed, 3);
  const slowest = times.toSorted((a, b) => b.elapsedMs - a.elapsedMs)[0];
  assert.equal(slowest?.what, 'b.test.ts');
  assert.ok(slowest.elapsedMs >= 200, `${slowest.elapsedMs}`);
});

test('a suite without tests is no test', async (t) => {
  const empty = `${OPEN}describe('s', () => {});`;
  assert.match((await tallyOf(t, empty)).failures[0] ?? '', /holds no test/);
});

test('one file that ends the process of several is found, and the others count', async (t) => {
  const good = `${OPEN}test('good', () => {});`;
  const killer = `${OPEN}import { kill } from 'node:process'; test('dies', () => { kill(process.pid, 'SIGKILL'); });`;
  const tally = await tallyOf(t, good, killer, `${OPEN}`, good);
  assert.equal(tally.passed, 2);
  assert.match(tally.failures[0] ?? '', /b\.test\.ts: its process was ended by SIGKILL/);
  assert.match(tally.failures[1] ?? '', /c\.test\.ts: it holds no test/);
});

test('properties take the seed of the run, alone and in a process of several files', async (t) => {
  const source = `${OPEN}import fc from '${import.meta.resolve('fast-check')}';
    test('one', () => fc.assert(fc.property(fc.nat(), () => { throw new Error('x'); }), { endOnFailure: true }));
    test('seed', () => { if (fc.readConfigureGlobal().seed !== 4321) throw new Error('y'); });`;
  const before = process.env.FRONTDESK_SEED;
  t.after(() => {
    if (before === undefined) delete process.env.FRONTDESK_SEED;
    else process.env.FRONTDESK_SEED = before;
  });
  process.env.FRONTDESK_SEED = '4321';
  assert.deepEqual((await tallyOf(t, source)).failures, ['a.test.ts: one']);
  assert.deepEqual((await tallyOf(t, source, source)).failures, ['a.test.ts: one', 'b.test.ts: one']);
});

test('a command that outlives its limit is ended together with what it started', async () => {
  const source =
    "const c = require('node:child_process').spawn('sleep', ['600']); console.log(c.pid); setInterval(() => {}, 1000);";
  const finished = await runCommand(process.execPath, ['-e', source], { cwd: tmpdir(), timeoutMs: 1_500 });
  assert.equal(finished.timedOut, true);
  const pid = Number(finished.output.trim());
  assert.ok(pid > 0, finished.output);
  // A killed orphan may stay as a zombie where nobody reaps it, but never alive.
  assert.ok(isGone(pid));
});

function isGone(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)]);
  return status !== 0 || stdout.toString().startsWith('Z');
}
