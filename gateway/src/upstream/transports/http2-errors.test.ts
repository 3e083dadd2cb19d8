import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { toConnectError, toStreamError } from './http2-errors.ts';

const codeOf = (error: Error): string => (error instanceof FrontdeskError ? error.code : 'none');

test('codes of streams in our words', () => {
  assert.equal(codeOf(toStreamError(constants.NGHTTP2_PROTOCOL_ERROR, undefined)), 'upstream_invalid');
  assert.equal(codeOf(toStreamError(constants.NGHTTP2_INTERNAL_ERROR, undefined)), 'upstream_reset');
  assert.equal(codeOf(toStreamError(constants.NGHTTP2_NO_ERROR, undefined)), 'upstream_reset');
  const protocol = Object.assign(new Error('Protocol error'), { code: 'ERR_HTTP2_ERROR' });
  assert.equal(codeOf(toStreamError(0, protocol)), 'upstream_invalid');
  const lost = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  assert.equal(codeOf(toStreamError(constants.NGHTTP2_STREAM_CLOSED, lost)), 'upstream_reset');
});

test('what is ours stays as it is', () => {
  const ours = new FrontdeskError('upstream_timeout');
  assert.equal(toStreamError(8, ours), ours);
  assert.equal(toConnectError(ours), ours);
  assert.equal(toConnectError('odd').code, 'upstream_connect');
});
