import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { cacheTags } from './tags.ts';

test('tags stand between spaces in Surrogate-Key and between commas in Cache-Tag', () => {
  const headers = new HeaderFields(['surrogate-key', ' p1  p2 ', 'cache-tag', 'p 3, p1,']);
  assert.deepEqual(cacheTags(headers), ['p1', 'p2', 'p 3']);
  assert.deepEqual(cacheTags(new HeaderFields()), []);
});

test('too many tags, and too long ones, are left out', () => {
  const many = Array.from({ length: 500 }, (_, i) => `t${i}`).join(' ');
  assert.equal(cacheTags(new HeaderFields(['surrogate-key', many])).length, 128);
  assert.deepEqual(cacheTags(new HeaderFields(['cache-tag', 'x'.repeat(257)])), []);
});
