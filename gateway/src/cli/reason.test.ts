import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { reasonOf } from './reason.ts';

test('the most telling words that there are', () => {
  assert.equal(reasonOf(new FrontdeskError('internal', { detail: 'no such file' })), 'no such file');
  assert.equal(reasonOf(new FrontdeskError('not_found')), 'No such resource');
  assert.equal(reasonOf(new TypeError('bad')), 'bad');
  assert.equal(reasonOf('odd'), 'odd');
});
