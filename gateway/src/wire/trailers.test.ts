import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { fieldRecord, trailerFields } from './trailers.ts';

test('what may go on goes on, in order, under lowered names', () => {
  const fields = trailerFields(['Grpc-Status', '0', 'x-a', '1', 'x-a', '2']);
  assert.deepEqual(fields?.flat, ['grpc-status', '0', 'x-a', '1', 'x-a', '2']);
});

test('what frames, routes or authorises is dropped, and what a caller withholds', () => {
  const bad = ['content-length', 'transfer-encoding', 'host', 'authorization', 'content-type', ':path', 'te'];
  assert.equal(trailerFields(bad.flatMap((name) => [name, 'x'])), undefined);
  assert.deepEqual(trailerFields(['x-user', 'eve', 'x-b', '1'], (name) => name === 'x-user')?.flat, [
    'x-b',
    '1',
  ]);
});

test('for node a repeated name has a list, and no name reaches a prototype', () => {
  const record = fieldRecord(new HeaderFields(['a', '1', 'b', '2', 'a', '3', 'a', '4', '__proto__', 'x']));
  assert.deepEqual({ ...record }, JSON.parse('{"a":["1","3","4"],"b":"2","__proto__":"x"}'));
  assert.deepEqual({ ...fieldRecord(undefined) }, {});
});

test('a value that is none is refused, where node would write its low bytes', () => {
  assert.throws(() => fieldRecord(new HeaderFields(['x-a', 'a\u010ab'])), { code: 'ERR_INVALID_CHAR' });
  assert.throws(() => fieldRecord(new HeaderFields(['x-a', 'a\nb'])), { code: 'ERR_INVALID_CHAR' });
});
