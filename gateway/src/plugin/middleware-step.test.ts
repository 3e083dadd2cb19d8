import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { isStreamType } from './middleware-step.ts';

test('answers that go on for as long as there is something to say are not read', () => {
  const isStream = (type: string) => isStreamType(HeaderFields.of({ 'content-type': type }));
  for (const type of [
    'text/event-stream; charset=utf-8',
    'multipart/mixed; boundary=-',
    'application/grpc+proto',
  ])
    assert.ok(isStream(type));
  assert.ok(!isStream('application/json') && !isStreamType(new HeaderFields()));
});
