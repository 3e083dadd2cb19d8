import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { proxyDeadline } from './proxy-deadline.ts';

async function remaining(said: string[], peer: string | undefined, own?: number): Promise<number> {
  const step = proxyDeadline('x-deadline-ms');
  assert.ok(step);
  const { exchange } = makeExchange();
  exchange.client = { address: '192.0.2.1', scheme: 'http', peer };
  for (const value of said) exchange.headers.append('x-deadline-ms', value);
  if (own !== undefined) exchange.deadline.within(own);
  await step(exchange, async () => makeReply(204, new HeaderFields(), emptyBody));
  assert.equal(exchange.headers.has('x-deadline-ms'), false, 'it goes no further');
  return exchange.deadline.remainingMs();
}

test('a trusted proxy draws the deadline near, and never pushes it away', async () => {
  assert.equal(await remaining(['250'], '10.0.0.1'), 250);
  assert.equal(await remaining(['250'], '10.0.0.1', 100), 100);
  assert.equal(await remaining(['0'], '10.0.0.1'), 1);
});

test('strangers say nothing, and neither does what is no number of milliseconds', async () => {
  assert.equal(await remaining(['250'], undefined), Number.POSITIVE_INFINITY);
  for (const said of ['', '-1', '1.5', '1e3', ' 5', '12345678901'])
    assert.equal(await remaining([said], '10.0.0.1'), Number.POSITIVE_INFINITY, said);
  assert.equal(await remaining(['5', '6'], '10.0.0.1'), Number.POSITIVE_INFINITY);
});

test('nobody reads a field that no proxy says', () => {
  assert.equal(proxyDeadline(undefined), undefined);
});
