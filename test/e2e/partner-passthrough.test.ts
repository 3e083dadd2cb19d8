/** A partner's REST calls: what comes through, what never does, who is turned away. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addConsumer, addPlan } from '../stack/consumers.ts';
import { DEMO_PARTNER_KEY } from '../stack/demo-key.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { ask, at } from './client.ts';

const UNSCOPED = { id: 'unscoped', plan: 'unscoped', key: 'test-key-of-a-consumer-without-scopes' };

let stack: Stack;
describe('a partner', () => {
  before(async () => {
    stack = await startStack({
      name: 'partner-passthrough',
      edit(config) {
        addPlan(config, 'unscoped', { limit: { capacity: 100, refill: '100/min' }, scopes: [] });
        addConsumer(config, UNSCOPED);
      },
    });
  });
  after(() => stack?.close());

  test('the demo key reads a user without what no client may see', async () => {
    const { status, json, text } = await ask(`${stack.url}/api/users/42`, { apiKey: DEMO_PARTNER_KEY });
    assert.equal(status, 200);
    assert.equal(at(json, 'id'), '42');
    assert.equal(typeof at(json, 'email'), 'string');
    assert.doesNotMatch(text, /internal_score|password_hash/);
    const direct = await ask(`${stack.backends.users.url}/users/42`);
    assert.match(direct.text, /internal_score.*password_hash/);
  });

  test('without a key 401, with a wrong one 401, without the scope 403: and no call', async () => {
    await stack.backends.users.forget();
    const url = `${stack.url}/api/users/42`;
    const anonymous = await ask(url);
    assert.equal(anonymous.status, 401);
    assert.ok(anonymous.headers.has('www-authenticate'));
    assert.equal((await ask(url, { apiKey: `${DEMO_PARTNER_KEY}x` })).status, 401);
    assert.equal((await ask(url, { apiKey: UNSCOPED.key })).status, 403);
    assert.equal(await stack.backends.users.count(), 0);
  });

  test('what a client says of its identity never arrives; what the gateway proved does', async () => {
    await stack.backends.users.forget();
    const forged = {
      'x-user-id': '1',
      'X-User-Role': 'admin',
      'x-roles': 'admin',
      'X-Consumer-Id': 'somebody',
      x_user_id: '1',
      'x-forwarded-for': '6.6.6.6',
    };
    const { status } = await ask(`${stack.url}/api/users/42`, { apiKey: DEMO_PARTNER_KEY, headers: forged });
    assert.equal(status, 200);
    const received = (await stack.backends.users.stats()).recent.at(-1)?.headers ?? {};
    assert.notEqual(received['x-user-id'], '1');
    assert.notEqual(received['x-consumer-id'], 'somebody');
    for (const name of ['x-user-role', 'x-roles', 'x_user_id', 'x-api-key', 'authorization']) {
      assert.equal(received[name], undefined, name);
    }
    assert.doesNotMatch(received['x-forwarded-for'] ?? '', /6\.6\.6\.6/);
    assert.equal(received['x-consumer-id'], 'acme');
  });

  test('ids and trace context go through, in and out', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await ask(`${stack.url}/api/users/42`, {
      apiKey: DEMO_PARTNER_KEY,
      headers: { traceparent },
    });
    assert.ok(headers.get('x-request-id'));
    assert.equal(headers.get('x-trace-id'), '0af7651916cd43dd8448eb211c80319c');
    const received = (await stack.backends.users.stats()).recent.at(-1)?.headers ?? {};
    assert.equal(received['x-request-id'], headers.get('x-request-id'));
    assert.match(received.traceparent ?? '', /^00-0af7651916cd43dd8448eb211c80319c-/);
  });

  test('a path that only begins like the route is 404, a method it does not take 405', async () => {
    assert.equal((await ask(`${stack.url}/api/usersX`, { apiKey: DEMO_PARTNER_KEY })).status, 404);
    const wrong = await ask(`${stack.url}/api/users/42`, { apiKey: DEMO_PARTNER_KEY, method: 'DELETE' });
    assert.equal(wrong.status, 405);
    assert.match(wrong.headers.get('allow') ?? '', /GET/);
  });
});
