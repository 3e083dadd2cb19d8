import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watchdog } from './watchdog.ts';

test('a loop that turns is left alone, and the thread ends with its process', async () => {
  const dog = new Watchdog({ standsMs: 60_000, beatMs: 5 });
  dog.know('p', { folder: import.meta.dirname, file: import.meta.filename });
  await dog.close();
  assert.ok(true);
});
