import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, collect, WholeBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { type Logger, noLogger } from '../core/log.ts';
import { type Meter, noMeter } from '../core/meter.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import type { Description } from './description.ts';
import { openapi, operationsOf } from './testing/openapi.ts';
import { validateReply } from './validate-reply.ts';

const content = { 'application/json': { schema: { type: 'object', required: ['a'] } } };
const responses = {
  '200': { description: 'a', content },
  '4XX': { description: 'b' },
  '204': { description: 'c' },
};
const [operation] = (
  await operationsOf(openapi({ '/': { get: { responses } } }), { response: 'log' })
).values();
assert.ok(operation);
const described = operation;
const description: Description = { find: () => ({ operation: described, params: {} }) };

async function through(mode: 'log' | 'enforce', status: number, body: Body, type = 'application/json') {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const logger: Logger = { ...noLogger, debug: (fields) => void lines.push(fields) };
  let skipped = 0;
  const counter: Meter['counter'] =
    ({ name }) =>
    (amount) => {
      if (name === 'frontdesk_unchecked_replies_total') skipped += amount;
    };
  const step = validateReply({
    description,
    pathOf: ({ path }) => path,
    mode,
    maxBytes: 50,
    meter: { ...noMeter, counter },
    logger,
    label: '/',
  });
  const { exchange } = makeExchange({ method: 'GET', headers: { 'accept-encoding': 'gzip' } });
  const reply = await step(exchange, async ({ headers }) => {
    assert.ok(!headers.has('accept-encoding'));
    return makeReply(status, HeaderFields.of({ 'content-type': type }), body);
  });
  const text = Buffer.from(await collect(reply.body, 10_000, () => new Error('too long'))).toString();
  return { text, skipped, faults: lines.flatMap(({ faults }) => faults) };
}

test('log: the reply goes by, its faults are told without its values', async () => {
  assert.deepEqual(await through('log', 200, new WholeBody('{"a":1}')), {
    text: '{"a":1}',
    skipped: 0,
    faults: [],
  });
  assert.deepEqual(await through('log', 200, new WholeBody('{"b":"secret"}')), {
    text: '{"b":"secret"}',
    skipped: 0,
    faults: ['/a is required'],
  });
  assert.deepEqual((await through('log', 404, new WholeBody('no'))).faults, []);
  assert.equal((await through('log', 500, new WholeBody('no'))).faults.length, 1);
  const long = `{"b":"${'x'.repeat(100)}"}`;
  assert.deepEqual(await through('log', 200, new WholeBody(long)), { text: long, skipped: 1, faults: [] });
});

test('log: what goes by unread is counted, also where its length is told only by its end', async () => {
  const long = `{"b":"${'x'.repeat(100)}"}`;
  const streamed: Body = {
    length: undefined,
    replayable: false,
    start: (sink) => new WholeBody(long).start(sink),
    discard: () => {},
  };
  assert.deepEqual(await through('log', 200, streamed), { text: long, skipped: 1, faults: [] });
  assert.equal((await through('log', 200, new WholeBody(''))).skipped, 0);
});

test('enforce: nothing goes by that is not as described', async () => {
  assert.equal((await through('enforce', 200, new WholeBody('{"a":1}'))).text, '{"a":1}');
  assert.equal((await through('enforce', 204, new WholeBody(''))).text, '');
  for (const [status, text, type] of [
    [200, '{"b":1}', undefined],
    [200, '{', undefined],
    [200, '{"a":1}', 'text/plain'],
    [500, '{"a":1}', undefined],
    [200, `{"a":"${'x'.repeat(100)}"}`, undefined],
  ] as const) {
    await assert.rejects(through('enforce', status, new WholeBody(text), type), { code: 'upstream_invalid' });
  }
});
