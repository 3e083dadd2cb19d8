import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body, Sink } from '../../core/body.ts';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import type { Source } from './source.ts';
import { openSse, type PlainAnswer } from './sse-source.ts';

/** A stream that the test writes. */
class TestStream implements Body {
  readonly length = undefined;
  readonly replayable = false;
  sink: Sink | undefined;
  resumed = 0;
  cancelled: Error | undefined;

  start(sink: Sink) {
    this.sink = sink;
    return {
      resume: () => {
        this.resumed += 1;
      },
      cancel: (reason: Error) => {
        this.cancelled = reason;
      },
    };
  }

  discard(): void {}

  say(text: string): boolean {
    return this.sink?.write(Buffer.from(text)) ?? false;
  }
}

async function open(
  body: Body,
  {
    status = 200,
    type = 'text/event-stream',
    strip,
  }: { status?: number; type?: string; strip?: UpstreamReply['strip'] } = {},
): Promise<{ opened: Source | PlainAnswer; request: UpstreamRequest }> {
  let request: UpstreamRequest | undefined;
  const opened = await openSse(
    {
      callUpstream: async (asked) => {
        request = asked;
        return {
          status,
          headers: HeaderFields.of({ 'content-type': type }),
          body,
          settled: Promise.resolve({ kind: 'complete', bytes: 0 }),
          strip,
        };
      },
      upstream: 'trips',
      path: '/graphql',
      label: 'graph:trips',
      idleMs: 1_000,
      maxEventBytes: 256,
    },
    { context: contextOn(systemClock), forwarded: ['accept-language', 'de'], body: '{"query":"x"}' },
  );
  assert.ok(request);
  return { opened, request };
}

async function openStream(strip?: UpstreamReply['strip']): Promise<{ stream: TestStream; source: Source }> {
  const stream = new TestStream();
  const { opened } = await open(stream, { strip });
  assert.ok('next' in opened);
  return { stream, source: opened };
}

describe('a stream', () => {
  test('is asked for by a POST that accepts nothing else, and may be tried again', async () => {
    const { request } = await open(new TestStream());
    const { method, path, idempotent, stream, headers } = request;
    assert.deepEqual([method, path, idempotent, stream], ['POST', '/graphql', true, { idleMs: 1_000 }]);
    assert.deepEqual([headers.get('accept'), headers.get('accept-language')], ['text/event-stream', 'de']);
  });

  test('tells its events and its end; its connection is let go where it goes on after that', async () => {
    const { stream, source } = await openStream();
    stream.say(
      ':\n\nevent: next\ndata: {"data":{"a":1}}\n\nevent: whatever\ndata: 1\n\nevent: complete\ndata:\n\n',
    );
    assert.deepEqual((await source.next())?.body, { data: { a: 1 } });
    assert.equal(await source.next(), undefined);
    source.close();
    assert.equal(stream.cancelled, undefined);
    stream.say(':\n\n');
    await new Promise(setImmediate);
    assert.ok(stream.cancelled);
  });

  test('that ends or breaks without its word is broken', async () => {
    const ended = await openStream();
    ended.stream.sink?.end();
    await assert.rejects(ended.source.next(), coded('upstream_reset'));
    const broken = await openStream();
    broken.stream.sink?.fail(new Error('gone'));
    await assert.rejects(broken.source.next(), /gone/);
  });

  test('that says what is no JSON, or too much, is broken, and let go', async () => {
    const { stream, source } = await openStream();
    stream.say('event: next\ndata: nonsense\n\n');
    await assert.rejects(source.next(), coded('upstream_invalid'));
    assert.ok(stream.cancelled);
    const long = await openStream();
    long.stream.say(`data: ${'x'.repeat(300)}`);
    await assert.rejects(long.source.next(), coded('upstream_too_large'));
    assert.ok(long.stream.cancelled);
  });

  test('is held back while nobody takes its events', async () => {
    const { stream, source } = await openStream();
    let said = 0;
    while (stream.say(`data: {"data":{"n":${said}}}\n\n`)) said += 1;
    assert.ok(said < 32);
    assert.equal(stream.resumed, 0);
    for (let n = 0; n <= said; n++) assert.deepEqual((await source.next())?.body, { data: { n } });
    assert.equal(stream.resumed, 1);
  });

  test('is let go when nobody wants it', async () => {
    const { stream, source } = await openStream();
    const waiting = source.next();
    source.close();
    assert.equal(await waiting, undefined);
    assert.ok(stream.cancelled);
  });

  test('does not tell what nobody may see', async () => {
    const { stream, source } = await openStream(() => Buffer.from('{"data":{}}'));
    stream.say('data: {"data":{"secret":1}}\n\n');
    assert.deepEqual((await source.next())?.body, { data: {} });
  });
});

describe('an answer that is no stream', () => {
  const plain = async (status: number, type: string, text: string): Promise<PlainAnswer> => {
    const { opened } = await open(new WholeBody(text), { status, type });
    assert.ok(!('next' in opened));
    return opened;
  };

  test('is an event where it is a GraphQL response with errors', async () => {
    const { status, event } = await plain(400, 'application/json', '{"errors":[{"message":"no"}]}');
    assert.equal(status, 400);
    assert.deepEqual(event?.body, { errors: [{ message: 'no' }] });
  });

  test('is a status otherwise', async () => {
    for (const text of ['<h1>no</h1>', '{"data":{}}', 'x'.repeat(100_000)]) {
      assert.deepEqual(await plain(404, 'text/html', text), { status: 404, event: undefined });
    }
  });
});
