import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { watchFiles } from './file-watch.ts';

test('files that change together are told of once, one that was not there included', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-watch-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  writeFileSync(one, 'before');
  let told = 0;
  const changed = Promise.withResolvers<void>();
  const close = watchFiles([one, other, one], systemClock, () => {
    told += 1;
    changed.resolve();
  });
  t.after(close);
  // Before anybody has looked at them.
  writeFileSync(one, 'after it');
  writeFileSync(other, 'made');
  await changed.promise;
  assert.equal(told, 1);
});
