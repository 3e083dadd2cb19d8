import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from './clock.ts';
import { WatchedFiles } from './watched-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-watched-files-'));
after(() => rmSync(folder, { recursive: true }));

/** Counts what is told, and waits until it was told once more than before. */
function watched(settleMs = 10) {
  let told = 0;
  let wake = (): void => {};
  const files = new WatchedFiles({
    clock: systemClock,
    settleMs,
    changed: () => {
      told += 1;
      wake();
    },
  });
  let awaited = 0;
  const next = async (): Promise<void> => {
    // What is watched holds no process; the test does.
    const hold = setInterval(() => {}, 1_000);
    awaited += 1;
    while (told < awaited)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    clearInterval(hold);
  };
  return { files, next, told: () => told };
}

test('a write, a rename over a file, one that goes and one that comes are told', async () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'first');
  const { files, next } = watched();
  files.follow([path, join(folder, 'none-yet')]);
  await next();
  writeFileSync(path, 'second');
  await next();
  writeFileSync(`${path}.tmp`, 'third');
  renameSync(`${path}.tmp`, path);
  await next();
  rmSync(path);
  await next();
  writeFileSync(join(folder, 'none-yet'), 'here');
  await next();
  files.close();
});

test('a folder that is exchanged under its link is one change of all its files', async () => {
  const mount = join(folder, 'mount');
  const version = (name: string): void => {
    mkdirSync(join(mount, name), { recursive: true });
    for (const file of ['one', 'two']) writeFileSync(join(mount, name, file), name);
  };
  version('..v1');
  version('..v2');
  symlinkSync('..v1', join(mount, '..data'));
  for (const file of ['one', 'two']) symlinkSync(join('..data', file), join(mount, file));
  const { files, next, told } = watched();
  files.follow([join(mount, 'one'), join(mount, 'two')]);
  await next();
  symlinkSync('..v2', join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  await next();
  assert.equal(told(), 2);
  files.close();
});

test('what changes while it is waited on is told once, at rest', async () => {
  const path = join(folder, 'busy');
  writeFileSync(path, '');
  const { files, next, told } = watched(300);
  files.follow([path]);
  await next();
  for (let i = 1; i <= 20; i++) {
    writeFileSync(path, 'x'.repeat(i));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await next();
  // Another set: the file that stays among them is not told of, the new one is.
  files.follow([path, join(folder, 'a2')]);
  await next();
  assert.equal(told(), 3);
  files.close();
});

test('a change is told though other files of its folder change without an end', async (t) => {
  const busy = join(folder, 'with-a-log');
  mkdirSync(busy);
  const path = join(busy, 'a');
  writeFileSync(path, 'first');
  const { files, next } = watched(300);
  files.follow([path]);
  await next();
  let written = 0;
  const churn = setInterval(() => {
    written += 1;
    writeFileSync(join(busy, 'log'), String(written));
  }, 1);
  t.after(() => clearInterval(churn));
  writeFileSync(path, 'second');
  await next();
  assert.ok(written > 0);
  files.close();
});
