import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { readReplyHead, requestFields } from './http2-fields.ts';

test('a request: pseudo fields first, nothing of the connection, trailers understood', () => {
  const headers = new HeaderFields(['connection', 'close', 'host', 'x', 'accept', '*/*', 'te', 'gzip']);
  const call = { method: 'GET', path: '/a?b', headers, body: emptyBody };
  assert.deepEqual(requestFields(call, 'https', 'users', '/base'), [
    ...[':method', 'GET', ':path', '/base/a?b', ':scheme', 'https', ':authority', 'users'],
    ...['accept', '*/*', 'te', 'trailers'],
  ]);
});

test('the length of a body is said where it is known and means something', () => {
  const fields = (method: string, body = emptyBody): string[] =>
    requestFields({ method, path: '/', headers: new HeaderFields(), body }, 'http', 'a', '').slice(10);
  assert.deepEqual(fields('POST', new WholeBody('abc')), ['content-length', '3']);
  assert.deepEqual(fields('POST'), ['content-length', '0']);
  assert.deepEqual(fields('DELETE'), []);
});

test('a reply', () => {
  const head = readReplyHead([
    ':status',
    '200',
    'content-length',
    '3',
    'a',
    '1',
    'a',
    '2',
    'connection',
    'x',
  ]);
  assert.equal(head.status, 200);
  assert.equal(head.length, 3);
  assert.deepEqual(head.headers.flat, ['content-length', '3', 'a', '1', 'a', '2']);
  assert.equal(head.bytes, 7 + 3 + 4 + 14 + 1 + 4 + 6 + 6 + 10 + 1 + 4);
});

test('a value that is none is refused, where node would write its low bytes', () => {
  for (const value of ['a\u010ax-role: admin', 'a\nb', 'a\0']) {
    const headers = new HeaderFields(['x-user', value]);
    const request = { method: 'GET', path: '/', headers, body: emptyBody };
    assert.throws(() => requestFields(request, 'http', 'a', ''), { code: 'ERR_INVALID_CHAR' });
  }
});
