import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concurrencyConfig } from './adaptive-config.ts';

test('fixed unless said otherwise; one word is enough for the defaults', () => {
  assert.equal(concurrencyConfig.parse(undefined), undefined);
  assert.equal(concurrencyConfig.parse('fixed'), undefined);
  const adaptive = concurrencyConfig.parse('adaptive');
  assert.deepEqual(adaptive, concurrencyConfig.parse({}));
  assert.equal(adaptive?.recalibrate, 60_000);
  assert.equal(concurrencyConfig.safeParse('gradient').success, false);
});
