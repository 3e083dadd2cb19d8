import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reloadConfig } from './reload-config.ts';

test('files are watched by default, and a settling time has bounds', () => {
  assert.deepEqual(reloadConfig.parse(undefined), {
    watch: true,
    settle: 100,
    put: true,
    lastGoodWhenFaulty: false,
  });
  assert.equal(reloadConfig.safeParse({ settle: '1ms' }).success, false);
});
