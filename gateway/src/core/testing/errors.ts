/** What tests ask of an error. */
import assert from 'node:assert/strict';
import { type ErrorCode, FrontdeskError } from '../errors.ts';

/** Whether an error is ours, with this code; for `assert.rejects`. */
export const coded =
  (code: ErrorCode) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FrontdeskError, String(error));
    assert.equal(error.code, code, error.detail);
    return true;
  };
