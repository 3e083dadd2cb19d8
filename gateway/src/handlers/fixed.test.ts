import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange } from '../core/testing/exchange.ts';
import { fixedHandler } from './fixed.ts';

test('the same answer each time, whatever was added to the last one', async () => {
  const handler = fixedHandler({ status: 410, headers: { 'X-Reason': 'moved' }, body: 'gone' });
  const first = await handler(makeExchange({}).exchange);
  first.headers.set('x-request-id', '1');
  const second = await handler(makeExchange({}).exchange);
  assert.equal(second.status, 410);
  assert.deepEqual(
    [...second.headers],
    [
      ['x-reason', 'moved'],
      ['content-type', 'text/plain; charset=utf-8'],
    ],
  );
  assert.equal(second.body.length, 4);
});
