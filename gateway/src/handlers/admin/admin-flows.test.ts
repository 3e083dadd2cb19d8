import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange } from '../../core/testing/exchange.ts';
import { flowsHandler } from './admin-flows.ts';

const asked: string[] = [];
const handler = flowsHandler({
  view: async () => ({ runs: [] }),
  retry: async (id) => {
    asked.push(id);
    return id === 'stuck';
  },
});
const ask = (method: string, target: string) => handler(makeExchange({ method, target }).exchange);

test('operators see what is open, and try again what is stuck', async () => {
  assert.equal((await ask('GET', '/admin/flows')).status, 200);
  assert.equal((await ask('POST', '/admin/flows/stuck/retry')).status, 202);
  await assert.rejects(ask('POST', '/admin/flows/other/retry'), { code: 'not_found' });
  await assert.rejects(ask('GET', '/admin/flows/stuck/retry'), { code: 'method_not_allowed' });
  await assert.rejects(ask('POST', '/admin/flows/a%2Fb/retry'), { code: 'not_found' });
  await assert.rejects(ask('DELETE', '/admin/flows'), { code: 'method_not_allowed' });
  assert.deepEqual(asked, ['stuck', 'other']);
});
