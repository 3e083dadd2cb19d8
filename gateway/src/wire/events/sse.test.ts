import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SSE_COMPLETE, SSE_HEARTBEAT, sseEvent, sseNext } from './sse.ts';

test('a result is one event of one line', () => {
  assert.equal(sseNext('{"data":1}'), 'event: next\ndata: {"data":1}\n\n');
});

test('line breaks of any kind become lines of data', () => {
  assert.equal(sseNext('{\n\r\n\r}'), 'event: next\ndata: {\ndata: \ndata: \ndata: }\n\n');
});

test('an event has a type, and an id where it has one', () => {
  assert.equal(sseEvent('status', '"new"'), 'event: status\ndata: "new"\n\n');
  assert.equal(sseEvent('status', '1', 'a'), 'event: status\nid: a\ndata: 1\n\n');
});

test('every piece ends with an empty line, so that a reader acts at once', () => {
  for (const piece of [SSE_COMPLETE, SSE_HEARTBEAT, sseNext('{}')]) assert.ok(piece.endsWith('\n\n'));
});
