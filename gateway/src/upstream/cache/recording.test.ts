import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sink } from '../../core/body.ts';
import { WholeBody } from '../../core/body.ts';
import { HandBody } from '../testing/harness.ts';
import { Recording } from './recording.ts';

/** A client that takes a chunk at a time when it `waits`. */
class Client implements Sink {
  readonly chunks: string[] = [];
  readonly waits: boolean;
  ended: 'complete' | Error | undefined;

  constructor(waits = false) {
    this.waits = waits;
  }

  get text(): string {
    return this.chunks.join('');
  }

  write(chunk: Uint8Array): boolean {
    this.chunks.push(Buffer.from(chunk).toString());
    return !this.waits;
  }

  end(): void {
    this.ended = 'complete';
  }

  fail(error: Error): void {
    this.ended = error;
  }
}

function record(maxBytes: number, length?: number) {
  const source = new HandBody(length);
  const kept: (string | undefined)[] = [];
  const left: Error[] = [];
  const recording = new Recording(source, {
    maxBytes,
    onEnd: (bytes) => kept.push(bytes && Buffer.from(bytes).toString()),
    onLeave: (reason) => left.push(reason),
  });
  const write = (text: string): boolean => source.sink?.write(Buffer.from(text)) ?? false;
  return { source, recording, kept, left, write };
}

test('the client has each chunk at once; the whole is kept at the end', () => {
  const { recording, source, kept, write } = record(100);
  const client = new Client();
  recording.start(client);
  write('ab');
  assert.equal(client.text, 'ab');
  write('c');
  assert.deepEqual(kept, []);
  source.sink?.end();
  assert.deepEqual([kept, client.ended], [['abc'], 'complete']);
});

test('a slow client does not hold back what is kept, and gets all of it', () => {
  const { recording, source, kept, write } = record(100);
  const client = new Client(true);
  const flow = recording.start(client);
  assert.ok(write('a') && write('b') && write('c'));
  source.sink?.end();
  assert.deepEqual([kept, client.text, client.ended], [['abc'], 'a', undefined]);
  flow.resume();
  flow.resume();
  assert.deepEqual([client.text, client.ended], ['abc', 'complete']);
});

test("past the limit nothing is kept, memory is freed, and the client's pace is the backend's", () => {
  const { recording, source, kept, write } = record(3);
  const client = new Client(true);
  const flow = recording.start(client);
  assert.ok(write('ab'));
  assert.equal(write('cd'), false);
  assert.deepEqual(kept, [undefined]);
  flow.resume();
  assert.equal(client.text, 'abcd');
  assert.equal(source.resumes, 0);
  flow.resume();
  assert.equal(source.resumes, 1);
  source.sink?.end();
  assert.deepEqual([kept, client.ended], [[undefined], 'complete']);
});

test('what breaks, ends short of its promise or has trailers is not kept; the client is told', () => {
  for (const [end, told] of [
    [(sink: Sink) => sink.fail(new Error('reset')), 'reset'],
    [(sink: Sink) => sink.end(), undefined],
  ] as const) {
    const { recording, source, kept, write } = record(100, 5);
    const client = new Client();
    recording.start(client);
    write('abc');
    if (source.sink) end(source.sink);
    assert.deepEqual(kept, [undefined]);
    assert.equal(client.ended instanceof Error ? client.ended.message : undefined, told);
  }
});

test('a client that leaves does not end what others wait for; stopping it does', () => {
  const { recording, source, kept, left, write } = record(100);
  const flow = recording.start(new Client());
  write('a');
  flow.cancel(new Error('left'));
  assert.deepEqual([left.length, source.cancelled], [1, undefined]);
  write('b');
  recording.stop(new Error('all left'));
  assert.equal(source.cancelled?.message, 'all left');
  assert.deepEqual(kept, [undefined]);
});

test('past the limit with no client left the backend is told to stop', () => {
  const { recording, source, write } = record(1);
  recording.discard(new Error('left'));
  write('ab');
  assert.ok(source.cancelled);
});

test('a body that is whole at once is kept at once', () => {
  const kept: unknown[] = [];
  const recording = new Recording(new WholeBody('abc'), {
    maxBytes: 3,
    onEnd: (bytes) => kept.push(bytes && Buffer.from(bytes).toString()),
    onLeave: assert.fail,
  });
  const client = new Client();
  recording.start(client);
  assert.deepEqual([kept, client.text, client.ended], [['abc'], 'abc', 'complete']);
});

test('whatever the sizes and the pace, the client gets every byte in order, and a copy is kept or not by its size', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6 })), fc.nat(20), fc.boolean(), (texts, max, waits) => {
      const { recording, source, kept, write } = record(max);
      const client = new Client(waits);
      const flow = recording.start(client);
      for (const text of texts) {
        if (!write(text)) while (source.resumes === 0) flow.resume();
        source.resumes = 0;
      }
      source.sink?.end();
      while (client.ended === undefined) flow.resume();
      const whole = texts.join('');
      assert.equal(client.text, whole);
      assert.deepEqual(kept, [Buffer.byteLength(whole) <= max ? whole : undefined]);
    }),
  );
});

test('what is kept has memory of its own, however large the chunk is of which it is a view', () => {
  const source = new HandBody(5);
  let kept: Uint8Array | undefined;
  new Recording(source, {
    maxBytes: 100,
    onEnd: (bytes) => {
      kept = bytes;
    },
    onLeave: () => {},
  });
  source.sink?.write(Buffer.alloc(65_536).subarray(100, 105));
  source.sink?.end();
  assert.deepEqual([kept?.length, kept?.buffer.byteLength], [5, 5]);
});
