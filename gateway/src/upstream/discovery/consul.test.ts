import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsulSource, consulConfig } from './consul.ts';
import { consulAgent } from './testing/consul-agent.fixture.ts';
import { eventually, follow, parts } from './testing/follower.fixture.ts';

function source(url: string, more: object = {}): ConsulSource {
  return new ConsulSource(consulConfig.parse({ service: 'users', url, ...more }), parts);
}

test('healthy instances are read, then each query waits for a change', async (t) => {
  const agent = await consulAgent(t);
  agent.set([
    { id: 'a', address: '10.0.0.1' },
    { id: 'b', node: '10.0.0.2', port: 9000, weights: { Passing: 7, Warning: 1 }, meta: { zone: 'z1' } },
  ]);
  const { seen } = follow(t, source(agent.url));
  await eventually(() => agent.waiting === 1);
  assert.deepEqual(seen.specs, [
    { url: 'http://users.service.consul:8080', address: '10.0.0.1', weight: 1 },
    { url: 'http://users.service.consul:9000', address: '10.0.0.2', weight: 7, zone: 'z1' },
  ]);
  assert.match(agent.requests[1] ?? '', /passing=1&index=11&wait=60s/);
  agent.set([
    { id: 'a', address: '10.0.0.1', status: 'critical' },
    { id: 'c', address: '10.0.0.3' },
  ]);
  await seen.until(({ last }) => last?.[0] === '10.0.0.3:8080');
  assert.equal(seen.last?.length, 1);
});

test('a wait that is over confirms what was known', async (t) => {
  const agent = await consulAgent(t);
  agent.set([{ id: 'a', address: '10.0.0.1' }]);
  const { seen } = follow(t, source(agent.url));
  await eventually(() => agent.waiting === 1);
  agent.timeOut();
  await seen.until(({ confirmations }) => confirmations === 1);
  assert.equal(seen.sets, 1);
});

test('an index that goes back begins anew', async (t) => {
  const agent = await consulAgent(t);
  agent.index = 500;
  agent.set([{ id: 'a', address: '10.0.0.1' }]);
  const { seen } = follow(t, source(agent.url));
  await eventually(() => agent.waiting === 1);
  // The servers were restored from a snapshot.
  agent.index = 3;
  agent.set([{ id: 'b', address: '10.0.0.2' }]);
  await seen.until(({ last }) => last?.[0] === '10.0.0.2:8080');
  await eventually(() => agent.waiting === 1);
  assert.doesNotMatch(agent.requests[2] ?? '', /index=/, 'one question that does not wait');
  assert.match(agent.requests[3] ?? '', /index=4&/);
});

test('an index below one is one: 0 would not wait at all', async (t) => {
  const agent = await consulAgent(t);
  agent.index = -1;
  agent.set([{ id: 'a', address: '10.0.0.1' }]);
  follow(t, source(agent.url));
  await eventually(() => agent.requests.length === 2);
  assert.match(agent.requests[1] ?? '', /index=1&/);
});

test('tags, data centre, token, warnings', async (t) => {
  const agent = await consulAgent(t);
  agent.token = 'secret';
  const weights = { Passing: 10, Warning: 2 };
  agent.set([
    { id: 'a', address: '10.0.0.1', tags: ['v1', 'eu'], weights },
    { id: 'b', address: '10.0.0.2', tags: ['v1'], weights },
    { id: 'c', address: '10.0.0.3', tags: ['v1', 'eu'], status: 'warning', weights },
    { id: 'd', address: '10.0.0.4', tags: ['v1', 'eu'], status: 'critical', weights },
  ]);
  const config = {
    tags: ['v1', 'eu'],
    datacenter: 'dc2',
    token: 'secret',
    warning: true,
    host: 'users.example',
    scheme: 'https',
  };
  const { seen } = follow(t, source(agent.url, config));
  await seen.until(({ sets }) => sets > 0);
  assert.match(agent.requests[0] ?? '', /\?dc=dc2&tag=v1&tag=eu$/);
  assert.deepEqual(
    seen.specs.map(({ url, address, weight }) => [url, address, weight]),
    [
      ['https://users.example:8080', '10.0.0.1', 10],
      ['https://users.example:8080', '10.0.0.3', 2],
    ],
  );
  assert.match(
    (await follow(t, source(agent.url)).ended)?.message ?? '',
    /Consul answered 403: Permission denied/,
  );
});

test('what has no port, and names in the place of addresses', async (t) => {
  const agent = await consulAgent(t);
  agent.set([
    { id: 'a', address: '10.0.0.1', port: 0 },
    { id: 'b', address: 'db.internal' },
    { id: 'c', address: 'db.internal/admin?' },
    { id: 'd', address: 'me@db.internal' },
  ]);
  const { seen } = follow(t, source(agent.url));
  await seen.until(({ sets }) => sets > 0);
  assert.deepEqual(seen.specs, [{ url: 'http://db.internal:8080', weight: 1 }]);
  assert.match(seen.faults[0] ?? '', /"a" has no port/);
  assert.deepEqual(seen.faults.slice(1), [
    '"db.internal/admin?" is no address',
    '"me@db.internal" is no address',
  ]);
});

test('an agent that breaks off, or is ill, ends it', async (t) => {
  const agent = await consulAgent(t);
  agent.set([{ id: 'a', address: '10.0.0.1' }]);
  const first = follow(t, source(agent.url));
  await eventually(() => agent.waiting === 1);
  agent.drop();
  assert.match((await first.ended)?.message ?? '', /socket hang up|ECONNRESET/);
  agent.failing = 500;
  assert.match(
    (await follow(t, source(agent.url)).ended)?.message ?? '',
    /Consul answered 500: No cluster leader/,
  );
});

test('settings', () => {
  for (const wrong of [
    {},
    { service: 'a b' },
    { service: 'a', wait: '11m' },
    { service: 'a', path: '/x/' },
  ]) {
    assert.equal(consulConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});
