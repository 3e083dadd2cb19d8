import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from './clock.ts';
import { WatchedFile } from './watched-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-watched-'));
after(() => rmSync(folder, { recursive: true }));

/** What is told next; the timer holds the process, which a watched file does not. */
function follow(file: WatchedFile): () => Promise<string> {
  const told: string[] = [];
  let wake = (): void => {};
  const tell = (text: string): void => {
    told.push(text);
    wake();
  };
  file.follow({ changed: tell, failed: (error) => tell(String(error)) });
  return async () => {
    const hold = setInterval(() => {}, 1_000);
    while (told.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    clearInterval(hold);
    return told.shift() ?? '';
  };
}

test('what is written, or renamed over it, is told; a file that is gone or too large as well', async () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'first');
  const file = new WatchedFile({ file: path, maxBytes: 10, clock: systemClock, settleMs: 10 });
  assert.equal(await file.read(), 'first');
  const next = follow(file);
  writeFileSync(path, 'second');
  assert.equal(await next(), 'second');
  writeFileSync(`${path}.tmp`, 'third');
  renameSync(`${path}.tmp`, path);
  assert.equal(await next(), 'third');
  writeFileSync(path, 'x'.repeat(11));
  assert.match(await next(), /larger than 10 bytes/);
  rmSync(path);
  assert.match(await next(), /there is no file/);
  writeFileSync(path, 'back');
  assert.equal(await next(), 'back');
  file.close();
});

test('nothing is told after it was closed', async () => {
  const path = join(folder, 'b');
  writeFileSync(path, 'first');
  const file = new WatchedFile({ file: path, maxBytes: 10, clock: systemClock, settleMs: 5 });
  await file.read();
  file.follow({ changed: () => assert.fail(), failed: () => assert.fail() });
  file.close();
  writeFileSync(path, 'second');
  await new Promise((resolve) => setTimeout(resolve, 30));
});
