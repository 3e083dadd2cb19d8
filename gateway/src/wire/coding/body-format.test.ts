import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { askReadable, charsetOf, forgetBytes, formatOf, isEncoded } from './body-format.ts';

test('formats by content type', () => {
  const types = [
    'application/json',
    'Application/HAL+JSON; a=b',
    'text/xml;charset=x',
    'image/svg+xml',
    'text/html',
  ];
  assert.deepEqual(types.map(formatOf), ['json', 'json', 'xml', 'xml', undefined]);
  assert.equal(formatOf(undefined), undefined);
  assert.equal(charsetOf('text/xml; charset="ISO-8859-1"'), 'ISO-8859-1');
});

test('what holds of other bytes is forgotten, and a strong validator is weak', () => {
  const headers = HeaderFields.of({ etag: '"a"', 'content-length': '3', 'content-digest': 'x', 'x-a': '1' });
  forgetBytes(headers);
  assert.deepEqual(headers.flat, ['etag', 'W/"a"', 'x-a', '1']);
  forgetBytes(headers);
  assert.equal(headers.get('etag'), 'W/"a"');
});

test('codings and parts are not asked for', () => {
  const headers = HeaderFields.of({
    'accept-encoding': 'gzip',
    range: 'bytes=0-1',
    'if-range': '"a"',
    accept: '*/*',
  });
  askReadable(headers);
  assert.deepEqual(headers.flat, ['accept', '*/*']);
  assert.equal(isEncoded(HeaderFields.of({ 'content-encoding': 'gzip' })), true);
  assert.equal(isEncoded(HeaderFields.of({ 'content-encoding': 'identity' })), false);
});
