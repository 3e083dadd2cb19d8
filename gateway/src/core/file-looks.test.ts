import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileLooks, fileState } from './file-looks.ts';
import { ManualClock } from './manual-clock.ts';

/** Looks that end as the test says, one after the other. */
function scripted(times: { readonly settleMs: number; readonly pollMs: number }) {
  const clock = new ManualClock();
  const ends: ((settled: boolean) => void)[] = [];
  const look = () => new Promise<boolean>((resolve) => void ends.push(resolve));
  const looks = new FileLooks({ clock, ...times, look });
  const end = async (settled: boolean) => {
    ends.at(-1)?.(settled);
    await new Promise(setImmediate);
  };
  return { clock, looks, end, count: () => ends.length };
}

test('soon again until it is at rest, then now and then', async () => {
  const { clock, looks, end, count } = scripted({ settleMs: 100, pollMs: 2_000 });
  looks.now();
  clock.advance(0);
  assert.equal(count(), 1);
  await end(false);
  clock.advance(100);
  assert.equal(count(), 2);
  await end(true);
  clock.advance(1_999);
  assert.equal(count(), 2);
  clock.advance(1);
  assert.equal(count(), 3);
});

test('what is told without an end puts no look off; told during one, another follows soon', async () => {
  const { clock, looks, end, count } = scripted({ settleMs: 100, pollMs: 2_000 });
  looks.soon();
  clock.advance(99);
  looks.soon();
  assert.equal(count(), 0);
  clock.advance(1);
  assert.equal(count(), 1);
  looks.soon();
  looks.now();
  clock.advance(5_000);
  assert.equal(count(), 1);
  await end(true);
  clock.advance(100);
  assert.equal(count(), 2);
});

test('none is begun once it is closed, though one was under way', async () => {
  const { clock, looks, end, count } = scripted({ settleMs: 1, pollMs: 2 });
  looks.now();
  clock.advance(0);
  looks.close();
  await end(false);
  looks.soon();
  clock.advance(10);
  assert.equal(count(), 1);
});

test('a file that is another has another state', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-looks-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a');
  writeFileSync(file, '1');
  const before = await fileState(file);
  assert.equal(await fileState(file), before);
  writeFileSync(file, '12');
  assert.notEqual(await fileState(file), before);
  await assert.rejects(fileState(join(folder, 'b')), { code: 'ENOENT' });
});
