import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ParserError, refusalOf, unknownMethod } from './refusal.ts';

function parserError(code: string, raw = ''): ParserError {
  return Object.assign(new Error('Parse Error'), { code, rawPacket: Buffer.from(raw, 'latin1') });
}

describe('refusalOf', () => {
  it('tells apart what the parser calls by one name', () => {
    for (const [code, raw, expected] of [
      ['ERR_HTTP_REQUEST_TIMEOUT', '', 'request_timeout'],
      ['HPE_HEADER_OVERFLOW', '', 'headers_too_large'],
      ['HPE_PAUSED_H2_UPGRADE', '', 'http_version_not_supported'],
      ['HPE_INVALID_VERSION', 'GET / HTTP/3.7\r\n', 'http_version_not_supported'],
      ['HPE_INVALID_VERSION', 'GET / HTTP/1.1\n\n', 'bad_request'],
      ['HPE_INVALID_METHOD', 'BREW /pot HTTP/1.1\r\n', 'method_not_allowed'],
      ['HPE_INVALID_METHOD', '\x16\x03\x01', 'bad_request'],
      ['HPE_INVALID_METHOD', 'get / HTTP/1.1\r\n', 'bad_request'],
      ['HPE_INVALID_CHUNK_SIZE', '', 'bad_request'],
      ['ANYTHING', '', 'bad_request'],
    ] as const) {
      assert.equal(refusalOf(parserError(code, raw)).code, expected, `${code} ${raw}`);
    }
  });

  it('names the methods that there are', () => {
    assert.deepEqual(unknownMethod('BREW').headers, [
      ['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ]);
  });
});
