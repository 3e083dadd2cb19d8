import assert from 'node:assert/strict';
import { it } from 'node:test';
import { TypesError } from './types-error.ts';

it('is told a line for each fault', () => {
  assert.equal(new TypesError(['a:1:1: b', 'c']).message, 'a:1:1: b\nc');
});
