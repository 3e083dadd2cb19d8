import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { endToEnd, hideOrigin } from './reply-fields.ts';

test('RFC 9110 §7.6.1: hop-by-hop and nominated fields end here, duplicates stay', () => {
  const fields = endToEnd({
    connection: 'X-Hop, Content-Length',
    'x-hop': '1',
    'content-length': '3',
    'set-cookie': ['a', 'b'],
    'keep-alive': 'timeout=5',
    'transfer-encoding': 'chunked',
    'proxy-status': 'inner',
  });
  assert.deepEqual(fields.flat, [
    'content-length',
    '3',
    'set-cookie',
    'a',
    'set-cookie',
    'b',
    'proxy-status',
    'inner',
  ]);
});

test('the endpoint’s own address becomes a path without the base; others stay', () => {
  const shown = (location: string, base = '/base'): string | undefined => {
    const headers = new HeaderFields(['location', location]);
    hideOrigin(headers, 'http://10.0.0.1:80', base);
    return headers.get('location');
  };
  assert.equal(shown('http://10.0.0.1:80/base/x?y'), '/x?y');
  assert.equal(shown('/base/x'), '/x');
  assert.equal(shown('/baseX'), '/baseX');
  assert.equal(shown('http://10.0.0.1:80/other'), '/other');
  assert.equal(shown('http://10.0.0.1:8080/base/x'), 'http://10.0.0.1:8080/base/x');
  assert.equal(shown('http://10.0.0.1:80/x', ''), '/x');
  assert.equal(shown('https://elsewhere.example/base/x'), 'https://elsewhere.example/base/x');
});
