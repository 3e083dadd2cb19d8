import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPlugin } from './load.ts';

test('what is no plugin is told with what was expected', async () => {
  await assert.rejects(loadPlugin('./definition.ts', import.meta.dirname), /default export is no plugin/);
  await assert.rejects(loadPlugin('./nowhere.ts', import.meta.dirname), /there is no such package/);
  const { plugin, folder } = await loadPlugin('./stamp.fixture.ts', import.meta.dirname);
  assert.deepEqual([plugin.name, folder], ['stamp', import.meta.dirname]);
});
