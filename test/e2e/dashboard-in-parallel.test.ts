/** With every backend a fixed delay away, a screen takes one delay, and a part that uses another adds one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Stack, startStack } from '../stack/stack.ts';
import { ask, at, query } from './client.ts';

const DELAY_MS = 200;
/** Beyond the delays there is work to do, on a machine that may be busy. */
const SLACK = 0.6;

let stack: Stack;
let token: string;

before(async () => {
  stack = await startStack({ name: 'dashboard-in-parallel' });
  token = await stack.token({ sub: '42' });
  // Connections, keys and plans are made once; what is measured is the work of each request.
  await ask(`${stack.url}/mobile/dashboard`, { token });
  await ask(`${stack.url}/web/dashboard`, { token });
  for (const backend of Object.values(stack.backends)) {
    if (backend !== stack.backends.idp) await backend.faults({ latencyMs: DELAY_MS });
  }
});
after(() => stack?.close());

test('three independent parts take one delay together', async () => {
  const { status, json, elapsedMs } = await ask(`${stack.url}/mobile/dashboard`, { token });
  assert.equal(status, 200);
  assert.equal(at(json, 'user', 'id'), '42');
  assert.ok(Array.isArray(at(json, 'orders')) && Array.isArray(at(json, 'recommendations')));
  assert.ok(elapsedMs >= DELAY_MS, `${elapsedMs} ms: faster than the backends`);
  assert.ok(elapsedMs < DELAY_MS * (1 + SLACK), `${elapsedMs} ms`);
});

test('a part that uses another adds one delay', async () => {
  const text = '{ dashboard { user { id } recommendations { upc } } }';
  const { json, elapsedMs } = await query(`${stack.url}/web/graphql`, text, { token });
  assert.equal(at(json, 'errors'), undefined);
  assert.equal(at(json, 'data', 'dashboard', 'user', 'id'), '42');
  assert.ok(elapsedMs >= 2 * DELAY_MS, `${elapsedMs} ms: the part did not wait for what it uses`);
  assert.ok(elapsedMs < DELAY_MS * (2 + SLACK), `${elapsedMs} ms`);
});

test('in GraphQL, parts that nobody selected are never fetched', async () => {
  const { recommendations, orders, users } = stack.backends;
  await Promise.all([recommendations.forget(), orders.forget(), users.forget()]);
  await query(`${stack.url}/mobile/graphql`, '{ dashboard { user { name } } }', { token });
  assert.equal(await recommendations.count(), 0);
  assert.equal(await orders.count(), 0);
  assert.equal(await users.count(), 1);
});
