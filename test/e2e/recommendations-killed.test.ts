/** What a dashboard does without one of its backends: an optional one, then the required one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RawConfig, section } from '../stack/config.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { ask, at, metric } from './client.ts';

const OPEN_MS = 2_000;
/** The part's own timeout in bff-mobile. */
const PART_TIMEOUT_MS = 300;
/** More than the breaker wants to see before it opens. */
const ENOUGH_FAILURES = 40;
const AT_ONCE = 8;

let stack: Stack;
let token: string;
const dashboard = () => ask(`${stack.url}/mobile/dashboard`, { token });

describe('without a backend', () => {
  before(async () => {
    stack = await startStack({
      name: 'recommendations-killed',
      edit(config) {
        const upstreams = section(config, 'upstreams');
        for (const name of ['recommendations', 'users']) {
          const upstream = section(upstreams, name);
          upstreams[name] = {
            ...upstream,
            breaker: { ...section(upstream, 'breaker'), openFor: `${OPEN_MS}ms` },
          };
        }
        unlimit(config);
      },
    });
    token = await stack.token({ sub: '42' });
  });
  after(() => stack?.close());

  /** Limits are another test's matter. */
  function unlimit(config: RawConfig): void {
    const plans = section(config, 'plans');
    for (const name of Object.keys(plans)) plans[name] = { ...section(plans, name), limit: 'unlimited' };
  }

  test('without recommendations the rest arrives, and the reply names what is missing', async () => {
    await stack.backends.recommendations.kill();
    const { status, headers, json } = await dashboard();
    assert.equal(status, 200);
    assert.equal(headers.get('frontdesk-incomplete'), 'recommendations');
    assert.equal(at(json, 'user', 'id'), '42');
    assert.equal(at(json, 'recommendations'), null);
    assert.ok(Array.isArray(at(json, 'orders')));
  });

  test('an open breaker spares the backend and the client', async () => {
    const { recommendations } = stack.backends;
    await recommendations.revive();
    await recommendations.faults({ hang: true });
    for (let i = 0; i < ENOUGH_FAILURES; i += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, dashboard));
    // On a busy machine it may have been open for so long that it lets a probe through, or the reply be late for
    // another reason. Without a breaker each would ask the backend, and wait for it.
    const until = performance.now() + OPEN_MS * 10;
    let [isQuick, asked] = [false, 0];
    do {
      await recommendations.forget();
      const { status, headers, elapsedMs } = await dashboard();
      assert.equal(status, 200);
      assert.equal(headers.get('frontdesk-incomplete'), 'recommendations');
      isQuick = elapsedMs < PART_TIMEOUT_MS;
      asked = await recommendations.count();
    } while ((!isQuick || asked > 0) && performance.now() < until);
    assert.deepEqual({ isQuick, asked }, { isQuick: true, asked: 0 });
  });

  test('when it is back, one probe closes the breaker', async () => {
    const { recommendations } = stack.backends;
    await recommendations.faults();
    const until = performance.now() + OPEN_MS * 5;
    let reply = await dashboard();
    while (reply.headers.has('frontdesk-incomplete') && performance.now() < until) reply = await dashboard();
    assert.equal(reply.headers.get('frontdesk-incomplete'), null);
    assert.ok(Array.isArray(at(reply.json, 'recommendations')));
    // The one that came through was the probe.
    assert.equal(await recommendations.count(), 1);
    const metrics = await ask(`${stack.adminUrl}/metrics`);
    assert.equal(metric(metrics.text, 'frontdesk_upstream_breaker_state', 'upstream="recommendations"'), 0);
  });

  test('without the required part there is no dashboard: a problem, at once', async () => {
    await stack.backends.users.kill();
    const { status, headers, json } = await dashboard();
    assert.equal(status, 503);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.match(headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(at(json, 'status'), 503);
    assert.equal(typeof at(json, 'type'), 'string');
    await stack.backends.users.revive();
  });
});
