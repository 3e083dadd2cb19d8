import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitConfig, limitSpec } from '../plans/limit-config.ts';
import { shareOf } from './share.ts';

const spec = (config: object) => limitSpec('x', limitConfig.parse(config));

test('a window of fewer tokens than processes stretches, so that the rate of all together is kept', () => {
  const share = shareOf(spec({ algorithm: 'sliding-window', limit: 2, window: '1s' }), 8);
  assert.equal(share.capacity, 1);
  assert.ok('windowMs' in share && share.windowMs === 4000);
});

test('a window of the calendar stays one', () => {
  const share = shareOf(spec({ algorithm: 'fixed-window', limit: 2, window: 'day' }), 8);
  assert.ok('windowMs' in share && share.windowMs === 86_400_000);
  assert.equal(shareOf(spec({ algorithm: 'fixed-window', limit: 100, window: 'day' }), 4).capacity, 25);
});
