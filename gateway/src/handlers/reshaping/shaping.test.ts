import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../../core/body.ts';
import { type Handler, makeReply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { shaped } from './shaping.ts';

test('without rules it is the handler itself', () => {
  const handler: Handler = async () => makeReply(200, new HeaderFields(), emptyBody);
  assert.equal(shaped(handler, undefined, undefined), handler);
});

test('requests are changed before, replies after; what becomes a WebSocket is left alone', async () => {
  const order: string[] = [];
  const reply = {
    prepare: () => {
      order.push('prepare');
      return { format: undefined, fields: undefined };
    },
    apply: (_exchange: unknown, answer: Awaited<ReturnType<Handler>>) => {
      order.push('apply');
      return answer;
    },
  };
  const answer = makeReply(200, new HeaderFields(), emptyBody);
  const handler = shaped(
    async () => {
      order.push('handler');
      return answer;
    },
    async () => void order.push('request'),
    reply,
  );
  const exchange = exchangeOn(new ManualClock());
  await handler(exchange);
  assert.deepEqual(order, ['prepare', 'request', 'handler', 'apply']);
  answer.upgrade = {
    subprotocol: '',
    limits: {
      maxMessageBytes: 1,
      maxFragments: 1,
      maxFramesPerSecond: 1,
      maxBufferedBytes: 1,
      congestionMs: 1,
      pingMs: 1,
    },
    accept: () => ({ message() {}, closed() {} }),
  };
  await handler(exchange);
  assert.equal(order.filter((step) => step === 'apply').length, 1);
});
