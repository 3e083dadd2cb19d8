import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SSE_COMPLETE, SSE_HEARTBEAT, sseNext } from './sse.ts';
import { EventStreamReader, isEventStream, type ServerSentEvent } from './sse-reader.ts';

/** The events of a text that comes in these pieces; `undefined` where one was too long. */
function read(pieces: readonly Uint8Array[], maxBytes = 1024): ServerSentEvent[] | undefined {
  const events: ServerSentEvent[] = [];
  const reader = new EventStreamReader(maxBytes, (event) => events.push(event));
  for (const piece of pieces) if (!reader.write(piece)) return undefined;
  return events;
}

const readText = (text: string, maxBytes?: number) => read([Buffer.from(text)], maxBytes);

test('events end with an empty line, whatever ends a line', () => {
  const expected = [
    { type: 'next', data: 'a' },
    { type: 'message', data: 'b' },
  ];
  for (const end of ['\n', '\r\n', '\r']) {
    assert.deepEqual(readText(`event: next\ndata: a\n\ndata: b\n\n`.replaceAll('\n', end)), expected);
  }
});

test('fields by the book: one space is cut, lines of data are joined, what is unknown is passed over', () => {
  assert.deepEqual(readText('data:  two\ndata:no\ndata\nid: 7\nretry: 5\nnonsense\n\n'), [
    { type: 'message', data: ' two\nno\n', id: '7' },
  ]);
  assert.deepEqual(readText('\uFEFFdata: a\n\n'), [{ type: 'message', data: 'a' }]);
  assert.deepEqual(readText(': a comment\n\n\n\nid: 1\n\n'), []);
  assert.deepEqual(readText('id: 1\ndata: a\n\ndata: b\n\nid: \0\ndata: c\n\n'), [
    { type: 'message', data: 'a', id: '1' },
    { type: 'message', data: 'b', id: '1' },
    { type: 'message', data: 'c', id: '1' },
  ]);
});

test('an event that is not ended is none; one of a type needs no data', () => {
  assert.deepEqual(readText('data: a'), []);
  assert.deepEqual(readText('data: a\n'), []);
  assert.deepEqual(readText('event: complete\n\n'), [{ type: 'complete', data: '' }]);
});

test('an event may be as long as allowed and no longer; comments do not count towards it', () => {
  assert.deepEqual(readText('data: 12345\n\n', 11), [{ type: 'message', data: '12345' }]);
  assert.equal(readText('data: 123456\n\n', 11), undefined);
  assert.equal(readText(`data: ${'x'.repeat(100)}`, 50), undefined);
  assert.deepEqual(readText(`${':a\n'.repeat(100)}data: 1234\n\n`, 11), [{ type: 'message', data: '1234' }]);
});

test('however a stream is cut, what is written is read', () => {
  const texts = fc.array(
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    { maxLength: 5 },
  );
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
  fc.assert(
    fc.property(texts, cuts, (written, places) => {
      const json = written.map((text) => JSON.stringify({ text }));
      const bytes = Buffer.from(json.map((text) => sseNext(text) + SSE_HEARTBEAT).join('') + SSE_COMPLETE);
      const at = [0, ...places.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      assert.deepEqual(read(pieces, 100_000), [
        ...json.map((data) => ({ type: 'next', data })),
        { type: 'complete', data: '' },
      ]);
    }),
  );
});

test('the media type, whatever its parameters and case', () => {
  for (const type of ['text/event-stream', 'Text/Event-Stream; charset=utf-8'])
    assert.ok(isEventStream(type));
  for (const type of [undefined, 'application/json', 'text/event-streams']) assert.ok(!isEventStream(type));
});
