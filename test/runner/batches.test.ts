import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchesOf } from './batches.ts';

test('files of a room share a process, those that touch the process have their own', () => {
  const texts: Record<string, string> = {
    'p/src/a/1': '',
    'p/src/a/2': 'process.env.X = 1',
    'p/src/a/b/3': '',
    'p/src/c/1': '',
  };
  assert.deepEqual(
    batchesOf(Object.keys(texts), (file) => texts[file]),
    [['p/src/a/1', 'p/src/a/b/3'], ['p/src/a/2'], ['p/src/c/1']],
  );
  assert.deepEqual(
    batchesOf(['t/1', 't/2'], () => undefined),
    [['t/1'], ['t/2']],
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
