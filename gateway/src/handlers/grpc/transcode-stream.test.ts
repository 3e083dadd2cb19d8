/** Streams between HTTP and a real gRPC server. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Body, collect, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import type { Exchange, Handler, Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { HandBody } from '../../upstream/testing/harness.ts';
import { shop } from './grpc.fixture.ts';
import { transcodeHandler } from './transcode.ts';
import { transcodeConfig } from './transcode-config.ts';

interface Item {
  readonly name: string;
  readonly shelf: string;
}

async function transcoder(
  t: TestContext,
  methods: UntypedServiceImplementation,
  more: object = {},
): Promise<Handler> {
  const { proto, callUpstream } = await shop(t, methods);
  return transcodeHandler({
    callUpstream,
    config: transcodeConfig.parse({ upstream: 'shop', proto, ...more }),
    template: '/*',
  });
}

function get(path: string, accept = '*/*'): Exchange {
  return exchangeOn(systemClock, { path, headers: HeaderFields.of({ accept }) });
}

function post(path: string, body: Body): Exchange {
  const headers = HeaderFields.of({ 'content-type': 'application/x-ndjson' });
  return exchangeOn(systemClock, { method: 'POST', path, headers, body });
}

async function textOf(reply: Reply): Promise<string> {
  return Buffer.from(await collect(reply.body, 1e6, () => new Error())).toString();
}

const three = (call: ServerWritableStream<Item, object>): void => {
  for (let i = 1; i <= 3; i += 1) call.write({ name: `${call.request.name}${i}` });
  call.end();
};

describe('a stream of replies', () => {
  it('is a line for each message', async (t) => {
    const reply = await (await transcoder(t, { Watch: three }))(get('/v1/watch/a'));
    assert.equal(reply.headers.get('content-type'), 'application/x-ndjson');
    assert.equal(await textOf(reply), '{"name":"a1"}\n{"name":"a2"}\n{"name":"a3"}\n');
  });

  it('is events for who accepts them', async (t) => {
    const reply = await (await transcoder(t, { Watch: three }))(get('/v1/watch/a', 'text/event-stream'));
    assert.equal(reply.headers.get('content-type'), 'text/event-stream');
    assert.equal(
      await textOf(reply),
      'data: {"name":"a1"}\n\ndata: {"name":"a2"}\n\ndata: {"name":"a3"}\n\nevent: complete\ndata: \n\n',
    );
  });

  it('that fails before its first message has its status', async (t) => {
    const watch = (call: ServerWritableStream<Item, object>): void => {
      call.emit('error', Object.assign(new Error(), { code: status.PERMISSION_DENIED, details: 'no' }));
    };
    assert.equal((await (await transcoder(t, { Watch: watch }))(get('/v1/watch/a'))).status, 403);
  });

  it('that fails later says so in its last line, or event', async (t) => {
    const watch = (call: ServerWritableStream<Item, object>): void => {
      call.write({ name: 'a' });
      setImmediate(() =>
        call.emit('error', Object.assign(new Error(), { code: status.ABORTED, details: 'why' })),
      );
    };
    const handler = await transcoder(t, { Watch: watch });
    const lines = (await textOf(await handler(get('/v1/watch/a')))).trim().split('\n');
    assert.equal(lines[0], '{"name":"a"}');
    const { error } = JSON.parse(lines[1] ?? '');
    assert.deepEqual([error.code, error.status, error.detail], ['ABORTED', 409, 'why']);
    assert.match(
      await textOf(await handler(get('/v1/watch/a', 'text/event-stream'))),
      /event: error\ndata: \{"type":.*ABORTED/,
    );
  });

  it('that is too long silent is broken off, and the backend hears of it', async (t) => {
    const cancelled = Promise.withResolvers<void>();
    const watch = (call: ServerWritableStream<Item, object>): void => {
      call.write({ name: 'a' });
      call.on('cancelled', () => cancelled.resolve());
    };
    const handler = await transcoder(t, { Watch: watch }, { idle: '500ms' });
    assert.match(
      await textOf(await handler(get('/v1/watch/a'))),
      /^\{"name":"a"\}\n\{"error":\{"type":"urn:frontdesk:problem:upstream-timeout"/,
    );
    await cancelled.promise;
  });

  it('ends at the backend when the client leaves', async (t) => {
    const cancelled = Promise.withResolvers<void>();
    const watch = (call: ServerWritableStream<Item, object>): void => {
      call.write({ name: 'a' });
      call.on('cancelled', () => cancelled.resolve());
    };
    const reply = await (await transcoder(t, { Watch: watch }))(get('/v1/watch/a'));
    const flow = reply.body.start({
      write: () => {
        setImmediate(() => flow.cancel(new Error('gone')));
        return true;
      },
      end: () => assert.fail('it never ends'),
      fail: () => assert.fail('it was cancelled'),
    });
    await cancelled.promise;
  });
});

const sum = async (
  call: ServerReadableStream<Item, object>,
  answer: (e: null, v: object) => void,
): Promise<void> => {
  const names: string[] = [];
  for await (const { name, shelf } of call as AsyncIterable<Item>) names.push(`${name}@${shelf ?? ''}`);
  answer(null, { name: names.join(' ') });
};

describe('a stream of requests', () => {
  it('is lines; what the path says is in the first', async (t) => {
    const reply = await (await transcoder(t, { Sum: sum }))(
      post('/v1/sum/s', new WholeBody('{"name":"a"}\n\n{"name":"b"}')),
    );
    assert.equal(await textOf(reply), '{"name":"a@s b@"}');
  });

  it('with a line that is no such message is refused as a request, and the backend is let go', async (t) => {
    const cancelled = Promise.withResolvers<void>();
    const hear = (call: ServerReadableStream<Item, object>): void => {
      call.on('cancelled', () => cancelled.resolve());
      call.resume();
    };
    const handler = await transcoder(t, { Sum: hear });
    const body = new HandBody();
    const reply = handler(post('/v1/sum/s', body));
    (await body.started).write(Buffer.from('{"name":"a"}\n'));
    body.sink?.write(Buffer.from('{"nobody":1}\n'));
    await assert.rejects(reply, {
      code: 'bad_request',
      members: { path: 'nobody', reason: 'is not a member of this message' },
    });
    await cancelled.promise;
  });

  it('may be answered while it goes on', async (t) => {
    const echo = async (call: ServerDuplexStream<Item, object>): Promise<void> => {
      for await (const { name } of call as AsyncIterable<Item>) call.write({ name: `${name}!` });
      call.end();
    };
    const handler = await transcoder(t, { Echo: echo });
    const body = new HandBody();
    const reply = handler(post('/v1/echo', body));
    const sink = await body.started;
    sink.write(Buffer.from('{"name":"a"}\n'));
    const { body: answers } = await reply;
    const heard: string[] = [];
    const over = Promise.withResolvers<void>();
    answers.start({
      write: (chunk) => {
        heard.push(Buffer.from(chunk).toString());
        if (heard.length === 1) {
          sink.write(Buffer.from('{"name":"b"}'));
          sink.end();
        }
        return true;
      },
      end: () => over.resolve(),
      fail: over.reject,
    });
    await over.promise;
    assert.deepEqual(heard, ['{"name":"a!"}\n', '{"name":"b!"}\n']);
  });
});
