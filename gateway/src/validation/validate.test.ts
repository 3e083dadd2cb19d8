import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Body, collect, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { load } from './testing/openapi.ts';
import { validate } from './validate.ts';

const description = await load({ body: { type: 'object', required: ['a'] } });
const step = validate({
  description,
  pathOf: ({ path }: Exchange) => path,
  unknown: 'refuse',
  maxBodyBytes: 100,
  meter: noMeter,
  label: '/a',
});

async function passed(
  body: Body,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<string> {
  const { exchange } = makeExchange({ method: 'POST', body, headers });
  let text = '';
  await step(exchange, async ({ body: sent }) => {
    text = Buffer.from(await collect(sent, 1_000, () => new Error('too long'))).toString();
    return makeReply(204, new HeaderFields(), new WholeBody(''));
  });
  return text;
}

test('the bytes go on as they came', async () => {
  assert.equal(await passed(new WholeBody(' {"a" : 1.0 }')), ' {"a" : 1.0 }');
});

test('whatever is let pass, the very bytes of it go on, however they came in pieces', async () => {
  const spaces = fc.constantFrom('', ' ', '\t\n', '\r\n  ');
  const written = fc
    .tuple(fc.json({ maxDepth: 1 }), spaces, spaces, fc.integer({ min: 0, max: 40 }))
    .map(([inner, a, b, cut]) => ({ bytes: Buffer.from(`${a}{"a"${b}:${inner}${a}}${b}`), cut }))
    .filter(({ bytes }) => bytes.length <= 100);
  await fc.assert(
    fc.asyncProperty(written, async ({ bytes, cut }) => {
      const came: Body = {
        length: undefined,
        replayable: false,
        start(sink) {
          queueMicrotask(() => {
            sink.write(bytes.subarray(0, cut));
            sink.write(bytes.subarray(cut));
            sink.end();
          });
          return { resume() {}, cancel() {} };
        },
        discard() {},
      };
      try {
        assert.equal(await passed(came), bytes.toString());
      } catch (error) {
        // A member twice is refused; nothing else of these is wrong.
        assert.ok(error instanceof FrontdeskError && error.code === 'invalid_request', String(error));
      }
    }),
    { numRuns: 200 },
  );
});

test('all faults in one refusal, and nothing goes on', async () => {
  await assert.rejects(passed(new WholeBody('{}')), (error) => {
    assert.ok(error instanceof FrontdeskError);
    assert.deepEqual([error.code, error.status, error.detail], ['invalid_request', 400, 'body /a']);
    assert.deepEqual(error.members, { errors: [{ in: 'body', pointer: '/a', detail: 'is required' }] });
    return true;
  });
  await assert.rejects(passed(new WholeBody('{"a":1}'), { 'content-type': 'text/plain' }), {
    code: 'unsupported_media_type',
  });
  await assert.rejects(passed(new WholeBody(`{"a":"${'x'.repeat(100)}"}`)), { code: 'payload_too_large' });
});

test('a body that is refused by its type is let go; one whose client leaves is cut', async () => {
  let discarded = 0;
  let cancelled = 0;
  let sink: Sink | undefined;
  const endless: Body = {
    length: undefined,
    replayable: false,
    start(to) {
      sink = to;
      return {
        resume() {},
        cancel() {
          cancelled += 1;
        },
      };
    },
    discard() {
      discarded += 1;
    },
  };
  await assert.rejects(passed(endless, { 'content-type': 'text/plain' }), { code: 'unsupported_media_type' });
  assert.equal(discarded, 1);
  const { exchange } = makeExchange({
    method: 'POST',
    body: endless,
    headers: { 'content-type': 'application/json' },
  });
  const going = step(exchange, () => Promise.reject(new Error('it went on')));
  sink?.write(Buffer.from('{'));
  exchange.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(going, { code: 'client_closed' });
  assert.equal(cancelled, 1);
});
