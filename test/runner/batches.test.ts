import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchesOf } from './batches.ts';

test('files of a folder share a process, those that touch the process have their own', () => {
  const texts: Record<string, string> = { 'a/1': '', 'a/2': 'process.env.X = 1', 'a/3': '', 'b/1': '' };
  assert.deepEqual(
    batchesOf(Object.keys(texts), (file) => texts[file] ?? ''),
    [['a/1', 'a/3'], ['a/2'], ['b/1']],
  );
});

test('no process has more than sixteen', () => {
  const files = Array.from({ length: 40 }, (_, i) => `a/${i}`);
  const batches = batchesOf(files, () => '');
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [16, 16, 8],
  );
  assert.deepEqual(batches.flat(), files);
});
