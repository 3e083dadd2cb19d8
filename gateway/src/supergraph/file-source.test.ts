import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { FileSource } from './file-source.ts';
import { recordedFollower } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-file-'));
after(() => rmSync(folder, { recursive: true }));

/** A source that is followed, on a file of its own. */
async function followed(name: string, more: { settleMs?: number; pollMs?: number } = {}) {
  const file = join(folder, name);
  writeFileSync(file, 'first');
  const source = new FileSource({ file, watch: true, clock: systemClock, settleMs: 20, ...more });
  assert.equal(await source.read(), 'first');
  const follower = recordedFollower();
  source.follow(follower);
  return { file, source, follower };
}

test('what is written, or renamed over it, is told', async () => {
  const { file, source, follower } = await followed('a');
  writeFileSync(file, 'written');
  assert.deepEqual(await follower.next(), ['changed', 'written']);
  writeFileSync(`${file}.tmp`, 'renamed');
  renameSync(`${file}.tmp`, file);
  assert.deepEqual(await follower.next(), ['changed', 'renamed']);
  // An editor that moves the old one away first.
  renameSync(file, `${file}~`);
  writeFileSync(file, 'replaced');
  assert.deepEqual(await follower.next(), ['changed', 'replaced']);
  await source.close();
});

test('a file that is written piece by piece is told once, whole', async () => {
  const { file, source, follower } = await followed('b', { settleMs: 150 });
  for (const part of ['', 'on', 'one ', 'one two']) {
    writeFileSync(file, part);
    await new Promise(setImmediate);
  }
  assert.deepEqual(await follower.next(), ['changed', 'one two']);
  assert.equal(follower.waiting, 0);
  await source.close();
});

test('a file that is gone is told once, and told again when it is back', async () => {
  const { file, source, follower } = await followed('c');
  unlinkSync(file);
  assert.deepEqual(await follower.next(), ['failed', `there is no file "${file}"`]);
  writeFileSync(file, 'back');
  assert.deepEqual(await follower.next(), ['changed', 'back']);
  await source.close();
});

test('a mounted volume that swaps a link above the file is seen by looking', async () => {
  const volume = join(folder, 'volume');
  for (const version of ['1', '2']) {
    mkdirSync(join(volume, version), { recursive: true });
    writeFileSync(join(volume, version, 's'), version);
  }
  symlinkSync('1', join(volume, 'data'));
  const file = join(volume, 'link', 's');
  mkdirSync(join(volume, 'link'));
  symlinkSync('../data/s', file);
  const source = new FileSource({ file, watch: true, clock: systemClock, settleMs: 10, pollMs: 20 });
  assert.equal(await source.read(), '1');
  const follower = recordedFollower();
  source.follow(follower);
  symlinkSync('2', join(volume, 'next'));
  renameSync(join(volume, 'next'), join(volume, 'data'));
  assert.deepEqual(await follower.next(), ['changed', '2']);
  await source.close();
});

test('a change between reading and following is not lost; a file that is not watched is left alone', async () => {
  const file = join(folder, 'd');
  writeFileSync(file, 'first');
  const source = new FileSource({ file, watch: true, clock: systemClock, settleMs: 10 });
  await source.read();
  writeFileSync(file, 'second');
  const follower = recordedFollower();
  source.follow(follower);
  assert.deepEqual(await follower.next(), ['changed', 'second']);
  await source.close();
  const still = new FileSource({ file, watch: false, clock: { ...systemClock, after: () => assert.fail() } });
  still.follow(recordedFollower());
  assert.equal(await still.read(), 'second');
  await still.close();
});

test('what cannot be read is refused in plain words', async () => {
  const none = new FileSource({ file: join(folder, 'none'), watch: false, clock: systemClock });
  await assert.rejects(none.read(), /^Error: there is no file ".*none"$/);
  const directory = new FileSource({ file: folder, watch: false, clock: systemClock });
  await assert.rejects(directory.read(), /EISDIR/);
});
