import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { requestId } from './request-id.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

async function run(headers: Record<string, string>) {
  let made = 0;
  const hex = (digits: number) => String(++made).padStart(digits, '0');
  const step = requestId({ traceId: () => hex(32), spanId: () => hex(16) });
  const { exchange } = makeExchange({ headers });
  const reply = await step(exchange, async () => makeReply(200, new HeaderFields(), emptyBody));
  return { exchange, reply };
}

test('a plain id of the client is kept and said again', async () => {
  const { exchange, reply } = await run({ 'x-request-id': 'order-7.a:B_c' });
  assert.equal(exchange.id, 'order-7.a:B_c');
  assert.equal(reply.headers.get('x-request-id'), 'order-7.a:B_c');
});

test('an id that is long, empty or not plain is replaced by the trace id', async () => {
  for (const id of ['', 'a'.repeat(65), 'a b', 'a\tb', '<script>', 'é', 'a/b', 'a,b']) {
    const { exchange } = await run({ 'x-request-id': id });
    assert.equal(exchange.id, exchange.trace.traceId, id);
  }
});

test('a trace is continued with a span of ours', async () => {
  const { exchange, reply } = await run({ traceparent: PARENT, tracestate: 'vendor=1' });
  assert.equal(exchange.trace.traceId, TRACE);
  assert.notEqual(exchange.trace.spanId, 'b7ad6b7169203331');
  assert.equal(exchange.trace.sampled, true);
  assert.equal(exchange.trace.state, 'vendor=1');
  assert.equal(reply.headers.get('x-trace-id'), TRACE);
});

test('SECURITY 42: a malformed or oversized trace begins anew and its state is dropped', async () => {
  for (const traceparent of [
    `${PARENT}${'0'.repeat(9_000)}`,
    PARENT.toUpperCase(),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    'x',
  ]) {
    const { exchange } = await run({ traceparent, tracestate: 'vendor=1' });
    assert.notEqual(exchange.trace.traceId, TRACE);
    assert.equal(exchange.trace.state, undefined);
  }
  const { exchange } = await run({ traceparent: PARENT, tracestate: `a=${'x'.repeat(600)}` });
  assert.equal(exchange.trace.traceId, TRACE);
  assert.equal(exchange.trace.state, undefined);
});
