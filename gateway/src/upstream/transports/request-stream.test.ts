import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Body, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HandBody } from '../testing/harness.ts';
import { RequestStream } from './request-stream.ts';

async function bytesOf(stream: RequestStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

test('nothing is started before it is read', async () => {
  const body = new HandBody();
  const stream = new RequestStream(body);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(body.sink, undefined);
  stream.destroy();
  assert.equal(body.cancelled, undefined);
});

test('bytes flow, also from a source that gives all at once', async () => {
  const body = new HandBody();
  const text = bytesOf(new RequestStream(body));
  const sink = await body.started;
  sink.write(Buffer.from('ab'));
  sink.write(Buffer.from('c'));
  sink.end();
  assert.equal(await text, 'abc');
  assert.equal(body.cancelled, undefined, 'a source that ended is not cancelled');
  assert.equal(await bytesOf(new RequestStream(new WholeBody('at once'))), 'at once');
});

test('a source that breaks breaks the stream', async () => {
  const body = new HandBody();
  const text = bytesOf(new RequestStream(body));
  (await body.started).fail(new FrontdeskError('client_closed'));
  await assert.rejects(text, /client closed/i);
});

test('a stream that is destroyed cancels its source, even within its start', async () => {
  const body = new HandBody();
  const stream = new RequestStream(body);
  const closed = new Promise((resolve) => stream.on('error', () => {}).on('close', resolve));
  stream.resume();
  await body.started;
  stream.destroy(new FrontdeskError('upstream_reset'));
  await closed;
  assert.match(body.cancelled?.message ?? '', /broke the connection/);
  let cancelled = false;
  const hasty: Body = {
    length: undefined,
    replayable: false,
    start: () => {
      second.destroy();
      return {
        resume() {},
        cancel: () => {
          cancelled = true;
        },
      };
    },
    discard() {},
  };
  const second = new RequestStream(hasty);
  second.resume();
  await once(second, 'close');
  assert.equal(cancelled, true);
});

test('a source that breaks when nobody listens any more breaks nothing else', async () => {
  const body = new HandBody();
  const stream = new RequestStream(body);
  stream.resume();
  // As undici does when the request is aborted: it takes its own listeners away first. An error without any is thrown.
  (await body.started).fail(new FrontdeskError('bad_request'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(stream.destroyed, true);
});
