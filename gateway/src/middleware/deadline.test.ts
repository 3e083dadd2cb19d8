import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { deadline } from './deadline.ts';

test('whatever runs when the deadline passes is cancelled', async () => {
  const { exchange, clock } = makeExchange({});
  const running = deadline(250)(exchange, (inner) => {
    const { promise, reject } = Promise.withResolvers<never>();
    inner.cancellation.onCancel(reject);
    return promise;
  });
  clock.advance(249);
  assert.equal(exchange.cancellation.cancelled, false);
  clock.advance(1);
  await assert.rejects(running, new FrontdeskError('deadline_exceeded'));
});
