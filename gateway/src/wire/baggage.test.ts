import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSoundBaggage } from './baggage.ts';

test('B42: baggage goes on up to 8 KiB and 180 members', () => {
  assert.equal(isSoundBaggage('user=1;p=2,session=3'), true);
  assert.equal(isSoundBaggage(''), true);
  assert.equal(isSoundBaggage(`a=${'x'.repeat(8190)}`), true);
  assert.equal(isSoundBaggage(`a=${'x'.repeat(8191)}`), false);
  assert.equal(isSoundBaggage(Array(180).fill('a=b').join(',')), true);
  assert.equal(isSoundBaggage(Array(181).fill('a=b').join(',')), false);
});
