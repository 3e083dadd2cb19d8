import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { ProcessFolder } from './process-folder.ts';

const above = mkdtempSync(join(tmpdir(), 'frontdesk-process-folder-'));
after(() => rmSync(above, { recursive: true, force: true }));
const later = (): number => Date.now() + 3_600_000;

/** A folder whose process was killed. */
async function left(): Promise<string> {
  const module = JSON.stringify(new URL('./process-folder.ts', import.meta.url).href);
  const code = `import { ProcessFolder } from ${module};
    const folder = new ProcessFolder({ kind: 'w-', above: process.argv[1] });
    await folder.swept;
    process.stdout.write(folder.path);
    setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, above], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [path]: Buffer[] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return String(path);
}

test('it is for its owner alone, and goes with its process', async () => {
  const folder = new ProcessFolder({ kind: 'w-', above });
  await folder.swept;
  assert.match(basename(folder.path), /^frontdesk-w-/);
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  folder.remove();
  assert.equal(existsSync(folder.path), false);
  folder.remove();
});

test('what a killed process left is removed by the next one; what one has that runs stays, and so does what nobody knows', async () => {
  const dead = await left();
  writeFileSync(join(dead, '1-1.sock'), '');
  const stranger = join(above, 'frontdesk-of-somebody');
  mkdirSync(stranger, { mode: 0o700 });
  const elsewhere = join(above, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(above, 'frontdesk-link'));
  const running = new ProcessFolder({ kind: 'w-', above });
  await running.swept;
  assert.ok(existsSync(dead), 'it is young: somebody may be about to listen in it');
  const next = new ProcessFolder({ kind: '', above, wall: later });
  await next.swept;
  assert.equal(existsSync(dead), false);
  for (const stays of [running.path, next.path, stranger, elsewhere]) assert.ok(existsSync(stays), stays);
  running.remove();
  next.remove();
});

test('one that others may read is not what we made, and is let be', async () => {
  const dead = await left();
  chmodSync(dead, 0o755);
  const next = new ProcessFolder({ kind: '', above, wall: later });
  await next.swept;
  assert.ok(existsSync(dead));
  next.remove();
});
