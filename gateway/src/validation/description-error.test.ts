import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescriptionError } from './description-error.ts';

test('says its place, where there is one', () => {
  assert.equal(
    new DescriptionError('openapi', 'a.yaml#/paths:', 'is wrong').message,
    'a.yaml#/paths: is wrong',
  );
  assert.equal(new DescriptionError('operation', '', 'is wrong').message, 'is wrong');
});
