import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { judgeError, judgeReply } from './verdict.ts';

const defaults = { failureStatus: 500, patience: 100 };

describe('verdicts', () => {
  const complete = { kind: 'complete', bytes: 1 } as const;
  const failed = (code: ConstructorParameters<typeof FrontdeskError>[0]) =>
    ({ kind: 'failed', bytes: 1, error: new FrontdeskError(code) }) as const;

  test('of replies', () => {
    assert.equal(judgeReply(defaults, 200, complete, 5), 'success');
    assert.equal(judgeReply(defaults, 404, complete, 5), 'success');
    assert.equal(judgeReply(defaults, 429, complete, 5), 'success');
    assert.equal(judgeReply(defaults, 500, complete, 5), 'failure');
    assert.equal(
      judgeReply(defaults, 503, { kind: 'aborted', bytes: 0 }, 5),
      'failure',
      'discarded by a retry',
    );
    assert.equal(judgeReply(defaults, 200, { kind: 'aborted', bytes: 0 }, 5), 'none', 'the client left');
    assert.equal(judgeReply(defaults, 200, failed('upstream_reset'), 5), 'failure', 'it broke in mid-body');
    assert.equal(judgeReply(defaults, 200, failed('upstream_too_large'), 5), 'none');
    assert.equal(judgeReply({ ...defaults, failureStatus: 429 }, 429, complete, 5), 'failure');
  });

  test('of errors: the endpoint’s own count, ours and the client’s never do', () => {
    for (const code of [
      'upstream_connect',
      'upstream_reset',
      'upstream_timeout',
      'upstream_invalid',
    ] as const) {
      assert.equal(judgeError(defaults, new FrontdeskError(code), 0), 'failure', code);
    }
    for (const code of [
      'client_closed',
      'upstream_limited',
      'bulkhead_full',
      'circuit_open',
      'payload_too_large',
    ] as const) {
      assert.equal(judgeError(defaults, new FrontdeskError(code), 9999), 'none', code);
    }
    assert.equal(judgeError(defaults, new Error('unknown'), 9999), 'none');
  });

  test('of a deadline: only after some patience', () => {
    const error = new FrontdeskError('deadline_exceeded');
    assert.equal(judgeError(defaults, error, 99), 'none');
    assert.equal(judgeError(defaults, error, 100), 'failure');
  });
});
