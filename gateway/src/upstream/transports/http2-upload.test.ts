import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { coded } from '../../core/testing/errors.ts';
import { HandBody } from '../testing/harness.ts';
import { http2Backend, http2Transport } from './http2.fixture.ts';
import { call } from './undici.fixture.ts';

// Pace, trailers and early answers are seen in http2.test.ts.

test('a body that fails before anything of it was sent ends the call with its reason', async (t) => {
  const { url } = await http2Backend(t, () => {});
  const body = new HandBody();
  const sent = http2Transport(t, url).send(call({ method: 'POST', body }));
  (await body.started).fail(new FrontdeskError('payload_too_large'));
  await assert.rejects(sent, coded('payload_too_large'));
});

test('a source that says everything at once is heard', async (t) => {
  const { url } = await http2Backend(t, (stream, headers) => {
    stream.respond({ ':status': headers['content-length'] === undefined ? 200 : 400 });
    stream.pipe(stream);
  });
  const whole = new WholeBody('at once');
  const body = { length: undefined, replayable: false, start: whole.start.bind(whole), discard() {} };
  const reply = await http2Transport(t, url).send(call({ method: 'POST', body }));
  assert.equal(reply.status, 200);
  const chunks: Uint8Array[] = [];
  await new Promise<void>((end, fail) => {
    reply.body.start({ write: (chunk) => chunks.push(chunk) > 0, end: () => end(), fail });
  });
  assert.equal(Buffer.concat(chunks).toString(), 'at once');
});

test('fields that node takes for single go on twice where they came twice, trailers too', async (t) => {
  const trailers = Promise.withResolvers<readonly string[]>();
  const { url } = await http2Backend(
    t,
    (stream) => {
      stream.on('trailers', (_fields, _flags, raw) => trailers.resolve(raw));
      stream.respond([':status', '200', 'etag', '"c"', 'etag', '"d"'], { endStream: true });
      stream.resume();
    },
    { strictSingleValueFields: false },
  );
  const body = new HandBody();
  const headers = new HeaderFields(['etag', '"1"', 'etag', '"2"']);
  const sent = http2Transport(t, url).send(call({ method: 'POST', body, headers }));
  const sink = await body.started;
  sink.end(new HeaderFields(['etag', '"a"', 'etag', '"b"']));
  assert.deepEqual(await trailers.promise, ['etag', '"a"', 'etag', '"b"']);
  assert.deepEqual((await sent).headers.getAll('etag'), ['"c"', '"d"']);
});

test('trailers that node refuses end the call, and nothing else', async (t) => {
  const { url } = await http2Backend(t, (stream) => stream.resume());
  const body = new HandBody();
  const sent = http2Transport(t, url).send(call({ method: 'POST', body }));
  const sink = await body.started;
  sink.end(new HeaderFields([':status', '200']));
  await assert.rejects(sent, coded('bad_request'));
});

test('what may not go on before the body may not come after it', async (t) => {
  const trailers = Promise.withResolvers<readonly string[]>();
  const { url } = await http2Backend(t, (stream) => {
    stream.on('trailers', (_fields, _flags, raw) => trailers.resolve(raw));
    stream.respond([':status', '200'], { endStream: true });
    stream.resume();
  });
  const body = new HandBody();
  const asked = call({ method: 'POST', body });
  asked.passes = (name) => name !== 'x-who';
  const sent = http2Transport(t, url).send(asked);
  const sink = await body.started;
  sink.end(new HeaderFields(['x-who', 'root', 'x-checksum', 'abc']));
  assert.deepEqual(await trailers.promise, ['x-checksum', 'abc']);
  await sent;
});
