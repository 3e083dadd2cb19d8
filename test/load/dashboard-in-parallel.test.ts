/** With every backend a fixed delay away, a screen takes one delay, and a part that uses another adds one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, at, query } from '../e2e/client.ts';
import { type Stack, startStack } from '../stack/stack.ts';

const DELAY_MS = 200;
/** Beyond the delays there is work to do. */
const SLACK = 0.6;
/** A machine that is busy may hold up any one of these, but parts that wait for each other are late every time. */
const TRIES = 20;

let stack: Stack;
let token: string;

before(async () => {
  stack = await startStack({ name: 'dashboard-in-parallel', apart: true });
  token = await stack.token({ sub: '42' });
  // Connections, keys and plans are made once; what is measured is the work of each request.
  await ask(`${stack.url}/mobile/dashboard`, { token });
  await ask(`${stack.url}/web/dashboard`, { token });
  for (const backend of Object.values(stack.backends)) {
    if (backend !== stack.backends.idp) await backend.faults({ latencyMs: DELAY_MS });
  }
});
after(() => stack?.close());

/** The first answer within the delays and the slack; the last of all tries where none is. Each takes at least the delays. */
async function inTime<Reply extends { readonly elapsedMs: number }>(
  delays: number,
  tell: () => Promise<Reply>,
): Promise<Reply> {
  for (let tried = 1; ; tried += 1) {
    const reply = await tell();
    const { elapsedMs } = reply;
    assert.ok(elapsedMs >= delays * DELAY_MS, `${elapsedMs} ms: a part did not wait for what it uses`);
    if (elapsedMs < DELAY_MS * (delays + SLACK)) return reply;
    assert.ok(tried < TRIES, `${elapsedMs} ms, and so ${TRIES} times`);
  }
}

test('three independent parts take one delay together', async () => {
  const { status, json } = await inTime(1, () => ask(`${stack.url}/mobile/dashboard`, { token }));
  assert.equal(status, 200);
  assert.equal(at(json, 'user', 'id'), '42');
  assert.ok(Array.isArray(at(json, 'orders')) && Array.isArray(at(json, 'recommendations')));
});

test('a part that uses another adds one delay', async () => {
  const text = '{ dashboard { user { id } recommendations { upc } } }';
  const { json } = await inTime(2, () => query(`${stack.url}/web/graphql`, text, { token }));
  assert.equal(at(json, 'errors'), undefined);
  assert.equal(at(json, 'data', 'dashboard', 'user', 'id'), '42');
});

test('in GraphQL, parts that nobody selected are never fetched', async () => {
  const { recommendations, orders, users } = stack.backends;
  await Promise.all([recommendations.forget(), orders.forget(), users.forget()]);
  await query(`${stack.url}/mobile/graphql`, '{ dashboard { user { name } } }', { token });
  assert.equal(await recommendations.count(), 0);
  assert.equal(await orders.count(), 0);
  assert.equal(await users.count(), 1);
});
