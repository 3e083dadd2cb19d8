import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { coded } from '../../core/testing/errors.ts';
import { type UpstreamMetrics, upstreamMetrics } from '../breaker/observation.ts';
import { EndpointRegistry } from '../endpoints/endpoint-registry.ts';
import { backend, context, request, rig, text } from '../testing/harness.ts';
import type { EndpointView, Upstreams } from '../upstream.ts';

interface Backend {
  readonly url: string;
  status: number;
  hits: number;
  health: number;
}

async function makeBackend(t: TestContext): Promise<Backend> {
  const made = { url: '', status: 200, hits: 0, health: 200 };
  made.url = await backend(t, (req, res) => {
    if (req.url === '/healthz') {
      res.writeHead(made.health).end();
      return;
    }
    made.hits += 1;
    res.writeHead(made.status).end();
  });
  return made;
}

function counted(): { metrics: UpstreamMetrics; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const metrics = upstreamMetrics({
    ...noMeter,
    counter:
      ({ name }) =>
      (value, ...labels) => {
        const key = [name, ...labels.slice(1)].join(' ');
        counts.set(key, (counts.get(key) ?? 0) + value);
      },
    gauge:
      ({ name }) =>
      (value) =>
        void counts.set(name, value),
  });
  return { metrics, counts };
}

const quiet = { retry: { max: 0 }, breaker: { enabled: false } };

async function ask(
  upstreams: Upstreams,
  clock: ManualClock,
  headers: string[] = [],
  path = '/',
): Promise<number> {
  const reply = await upstreams.call(
    request({ context: context({ clock }), headers: new HeaderFields(headers), path, label: path }),
  );
  await text(reply);
  await reply.settled;
  return reply.status;
}

const viewOf = (upstreams: Upstreams, { url }: Backend): EndpointView | undefined =>
  upstreams.view().find(({ endpoint }) => url.endsWith(endpoint));

describe('outliers', () => {
  test('an endpoint that answers 500 is left alone for 30 s; a reload does not forget it', async (t) => {
    const clock = new ManualClock();
    const [ill, well] = [await makeBackend(t), await makeBackend(t)];
    ill.status = 500;
    const { metrics, counts } = counted();
    const registry = new EndpointRegistry({ clock, metrics, logger: noLogger });
    const config = { targets: [{ url: ill.url }, { url: well.url }], balance: 'round-robin', ...quiet };
    const upstreams = rig(t, { users: config }, { clock, metrics, registry });
    for (let i = 0; i < 20; i += 1) await ask(upstreams, clock);
    assert.deepEqual([ill.hits, well.hits], [5, 15]);
    const view = viewOf(upstreams, ill);
    assert.equal(view?.health, 'ejected');
    assert.equal(view?.ejectedUntil, '2026-01-01T00:00:30.000Z');
    assert.equal(counts.get('frontdesk_upstream_ejections_total consecutive_5xx'), 1);
    const after = rig(t, { users: { ...config, scopes: [] } }, { clock, metrics, registry });
    await upstreams.dispose();
    for (let i = 0; i < 10; i += 1) await ask(after, clock);
    assert.equal(ill.hits, 5);
    ill.status = 200;
    clock.advance(30_000);
    for (let i = 0; i < 10; i += 1) await ask(after, clock);
    assert.equal(ill.hits, 10);
    assert.equal(viewOf(after, ill)?.health, 'unknown');
  });

  test('one endpoint is never ejected, and nothing is where it is switched off', async (t) => {
    const clock = new ManualClock();
    const [ill, well] = [await makeBackend(t), await makeBackend(t)];
    ill.status = 500;
    const upstreams = rig(
      t,
      {
        users: { url: ill.url, ...quiet },
        orders: { targets: [{ url: ill.url }, { url: well.url }], outliers: { enabled: false }, ...quiet },
      },
      { clock },
    );
    for (let i = 0; i < 10; i += 1) await ask(upstreams, clock);
    assert.equal(ill.hits, 10);
    for (let i = 0; i < 40; i += 1) {
      await text(await upstreams.call(request({ upstream: 'orders', context: context({ clock }) })));
    }
    assert.ok(upstreams.view().every(({ health }) => health === 'unknown'));
  });
});

test('probes find out who is ill without calls, and bring back who was ejected', async (t) => {
  const clock = new ManualClock();
  const [first, second] = [await makeBackend(t), await makeBackend(t)];
  first.health = 503;
  const { metrics, counts } = counted();
  const upstreams = rig(
    t,
    {
      users: {
        targets: [{ url: first.url }, { url: second.url }],
        balance: 'round-robin',
        health: {
          http: { path: '/healthz' },
          interval: '1s',
          timeout: '10h',
          healthyAfter: 1,
          unhealthyAfter: 1,
        },
        outliers: { ejectFor: '10h', maxEjectFor: '10h' },
        ...quiet,
      },
    },
    { clock, metrics, random: () => 0 },
  );
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const health = (one: Backend): string | undefined => viewOf(upstreams, one)?.health;
  await until(() => health(first) === 'unhealthy' && health(second) === 'healthy');
  for (let i = 0; i < 4; i += 1) await ask(upstreams, clock);
  assert.deepEqual([first.hits, second.hits], [0, 4]);
  first.health = 200;
  await until(() => health(first) === 'healthy');
  for (let i = 0; i < 4; i += 1) await ask(upstreams, clock);
  assert.equal(first.hits, 2);
  second.status = 500;
  for (let i = 0; i < 10; i += 1) await ask(upstreams, clock);
  assert.equal(health(second), 'ejected');
  await until(() => health(second) === 'healthy');
  assert.ok((counts.get('frontdesk_upstream_probes_total success') ?? 0) >= 3);
});

test('calls with one key go to one endpoint, by a field that is not passed on', async (t) => {
  const clock = new ManualClock();
  const all = [await makeBackend(t), await makeBackend(t), await makeBackend(t)];
  const upstreams = rig(
    t,
    {
      users: {
        targets: all.map(({ url }) => ({ url })),
        balance: { by: 'consistent-hash', key: 'cookie:sid' },
        ...quiet,
      },
    },
    { clock },
  );
  for (let user = 0; user < 6; user += 1) {
    const before = all.map(({ hits }) => hits);
    for (let i = 0; i < 5; i += 1) await ask(upstreams, clock, ['cookie', `sid=user-${user}`]);
    const gained = all.map(({ hits }, i) => hits - (before[i] ?? 0));
    assert.deepEqual(
      gained.filter((one) => one > 0),
      [5],
    );
  }
});

test('a breaker for each template: one that fails does not close the door to the others', async (t) => {
  const clock = new ManualClock();
  const url = await backend(t, (req, res) => res.writeHead(req.url === '/bad' ? 500 : 200).end());
  const breaker = { per: 'template', windowCalls: 3, minimumCalls: 3 };
  const upstreams = rig(t, { users: { url, retry: { max: 0 }, breaker } }, { clock });
  for (let i = 0; i < 3; i += 1) await ask(upstreams, clock, [], '/bad');
  await assert.rejects(ask(upstreams, clock, [], '/bad'), coded('circuit_open'));
  assert.equal(await ask(upstreams, clock, [], '/good'), 200);
  assert.equal(upstreams.view()[0]?.breaker, 'open');
  assert.equal(upstreams.view()[0]?.available, true);
});

test('zone, priority and the weight of the moment are shown; gauges are set when they are asked for', async (t) => {
  const clock = new ManualClock();
  const [old, fresh] = [await makeBackend(t), await makeBackend(t)];
  const { metrics, counts } = counted();
  const registry = new EndpointRegistry({ clock, metrics, logger: noLogger });
  const first = { url: old.url, zone: 'a', priority: 1, weight: 10 };
  const balance = { slowStart: '10s' };
  rig(t, { users: { targets: [first], balance } }, { clock, metrics, registry });
  clock.advance(60_000);
  const targets = [first, { url: fresh.url, weight: 10 }];
  const upstreams = rig(t, { users: { targets, balance } }, { clock, metrics, registry });
  const shown = (one: Backend): unknown[] => {
    const view = viewOf(upstreams, one);
    return [view?.zone, view?.priority, view?.weight, view?.health];
  };
  assert.deepEqual(shown(old), ['a', 1, 10, 'unknown']);
  assert.deepEqual(shown(fresh), [undefined, 0, 1, 'unknown']);
  clock.advance(5000);
  upstreams.measure();
  assert.equal(counts.get('frontdesk_upstream_endpoint_warmth'), 0.5);
});

test('what nobody leases is not asked after any more', async (t) => {
  let asked = 0;
  const url = await backend(t, (_req, res) => {
    asked += 1;
    res.end();
  });
  const clock = new ManualClock();
  const upstreams = rig(
    t,
    { users: { url, health: { http: {}, interval: '1s', timeout: '10h' } } },
    { clock, random: () => 0 },
  );
  while (asked < 2) {
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await upstreams.dispose();
  const before = asked;
  clock.advance(60_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked, before);
  assert.equal(clock.pending, 0);
});
