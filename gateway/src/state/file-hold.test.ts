import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileHeldError, holdFile } from './file-hold.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-hold-'));
after(() => rmSync(folder, { recursive: true }));

test("a file is one process's for as long as it runs", async () => {
  const file = join(folder, 'a');
  const drawer = fileURLToPath(new URL('../limits/testing/quota-drawer.ts', import.meta.url));
  const child = spawn(process.execPath, [drawer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await assert.rejects(
    holdFile(file),
    (error) =>
      error instanceof FileHeldError && new RegExp(`process ${child.pid}: give each`).test(error.message),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { letGo } = await holdFile(file);
  assert.ok(readFileSync(`${file}.lock`, 'latin1').startsWith(`${process.pid} `));
  await letGo();
  assert.ok(!existsSync(`${file}.lock`));
});

test('whoever has the number of one that is gone has not its file; nor has a lock that says nothing', async () => {
  const file = join(folder, 'b');
  // The parent runs, and has not written this.
  for (const text of [
    `${process.ppid} another-boot:1 ${hostname()}\n`,
    `${process.ppid} - elsewhere\n`,
    '',
    'x\n',
  ]) {
    writeFileSync(`${file}.lock`, text);
    await (await holdFile(file)).letGo();
    assert.ok(!existsSync(`${file}.lock`));
  }
});

test('who lets go of what was taken over leaves it to its new holder', async () => {
  const file = join(folder, 'c');
  const { letGo, isHeld } = await holdFile(file);
  assert.equal(await isHeld(), true);
  writeFileSync(`${file}.lock`, 'another');
  assert.equal(await isHeld(), false);
  await letGo();
  assert.equal(readFileSync(`${file}.lock`, 'latin1'), 'another');
});
