/** A gRPC backend as clients meet it: a part of a screen, REST for partners; and what is left when it is gone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_PARTNER_KEY } from '../stack/demo-key.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { ask, at } from './client.ts';

let stack: Stack;
let token: string;

describe('a gRPC backend', () => {
  before(async () => {
    stack = await startStack({ name: 'dispatch-over-grpc' });
    token = await stack.token({ sub: '42' });
  });
  after(() => stack?.close());

  test('a screen has the driver that the service finds', async () => {
    const { status, json } = await ask(`${stack.url}/mobile/ride`, { token });
    assert.equal(status, 200);
    assert.match(String(at(json, 'driver', 'id')), /^d\d+$/);
    const asked = (await stack.backends.dispatch.stats()).recent.at(-1);
    assert.equal(asked?.url, '/frontdesk.dispatch.v1.Dispatch/FindDriver');
    assert.equal(asked?.headers['x-user-id'], '42');
  });

  test('a partner gets it as REST, with a key', async () => {
    const url = `${stack.url}/api/dispatch/drivers/d7`;
    assert.equal((await ask(url)).status, 401);
    const { status, json } = await ask(url, { apiKey: DEMO_PARTNER_KEY });
    assert.deepEqual([status, at(json, 'odometer')], [200, '7000000']);
  });

  test('without the service a screen lacks the part, and a partner is told', async () => {
    await stack.backends.dispatch.kill();
    const { status, headers, json } = await ask(`${stack.url}/mobile/ride`, { token });
    assert.deepEqual(
      [status, headers.get('frontdesk-incomplete'), at(json, 'driver')],
      [200, 'driver', null],
    );
    const gone = await ask(`${stack.url}/api/dispatch/drivers/d7`, { apiKey: DEMO_PARTNER_KEY });
    assert.ok(gone.status === 502 || gone.status === 503, gone.text);
  });
});
