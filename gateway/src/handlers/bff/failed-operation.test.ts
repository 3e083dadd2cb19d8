import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { failedOperation } from './failed-operation.ts';

const failed = new FrontdeskError('part_failed');

test('a screen that failed as a whole is a failure', () => {
  assert.equal(failedOperation([{ path: ['dashboard'], originalError: failed }]), failed);
});

test('a missing part, a fault of the caller and no error at all are none', () => {
  assert.equal(failedOperation(undefined), undefined);
  assert.equal(failedOperation([{ path: ['dashboard', 'orders'], originalError: failed }]), undefined);
  const limited = new FrontdeskError('rate_limited');
  assert.equal(failedOperation([{ path: ['dashboard'], originalError: limited }]), undefined);
  assert.equal(failedOperation([{ path: undefined, originalError: failed }]), undefined);
});
