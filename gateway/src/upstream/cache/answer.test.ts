import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { answerFrom, notCached } from './answer.ts';
import { storedOf } from './stored.fixture.ts';

test('an answer is made of copies: age and status are added, nothing of the stored reply changes', () => {
  const stored = storedOf({ etag: '"a"' }, 'hello');
  const before = [...stored.served];
  const reply = answerFrom(stored, { method: 'GET', headers: new HeaderFields() }, 7.9, 0, 'frontdesk; hit');
  assert.deepEqual([reply.status, reply.headers.get('age'), reply.body], [200, '7', stored.body]);
  reply.headers.set('etag', 'x');
  assert.deepEqual([...stored.served], before);
});

test('conditions and ranges are for replies of 200 alone', () => {
  const stored = storedOf({ etag: '"a"' }, 'gone', 404);
  const asked = { method: 'GET', headers: HeaderFields.of({ 'if-none-match': '"a"', range: 'bytes=0-1' }) };
  assert.equal(answerFrom(stored, asked, 0, 0, undefined).status, 404);
});

test('what is not there is 504 with nothing in it, and not to be kept by anybody', () => {
  const { status, headers } = notCached('frontdesk');
  assert.deepEqual(
    [status, headers.get('cache-control'), headers.get('cache-status')],
    [504, 'no-store', 'frontdesk'],
  );
});
