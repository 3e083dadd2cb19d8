import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { toUpstreamError } from './undici-errors.ts';

function codeOf(code: string, started: boolean, message = 'x'): string {
  const error = toUpstreamError(Object.assign(new Error(message), { code }), started);
  assert.ok(error instanceof FrontdeskError);
  return error.code;
}

test('before there was a connection everything is a failure to connect', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'CERT_HAS_EXPIRED', 'ECONNRESET']) {
    assert.equal(codeOf(code, false), 'upstream_connect', code);
  }
});

test('afterwards resets, timeouts and breaches are told apart', () => {
  assert.equal(codeOf('ECONNRESET', true), 'upstream_reset');
  assert.equal(codeOf('EPIPE', true), 'upstream_reset');
  assert.equal(codeOf('UND_ERR_SOCKET', true, 'other side closed'), 'upstream_reset');
  assert.equal(codeOf('UND_ERR_SOCKET', true, 'bad response'), 'upstream_invalid');
  assert.equal(codeOf('UND_ERR_HEADERS_OVERFLOW', true), 'upstream_invalid');
  assert.equal(codeOf('UND_ERR_BODY_TIMEOUT', true), 'upstream_timeout');
  assert.equal(codeOf('UND_ERR_DESTROYED', false), 'upstream_unavailable');
  assert.equal(codeOf('UND_ERR_INVALID_ARG', false), 'internal');
  assert.equal(codeOf('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', true), 'bad_request');
});

test('an error of ours passes; what it was stays for the log', () => {
  const ours = new FrontdeskError('payload_too_large');
  assert.equal(toUpstreamError(ours, true), ours);
  const error = toUpstreamError(Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }), false);
  assert.match(error instanceof FrontdeskError ? (error.detail ?? '') : '', /ECONNREFUSED: connect failed/);
});
