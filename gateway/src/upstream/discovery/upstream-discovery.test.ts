/** Endpoints come and go under constant traffic, and no request fails: real HTTP servers, a real file, a real etcd. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { request, rig, text } from '../testing/harness.ts';
import type { Upstreams } from '../upstream.ts';
import { Discovery } from './discovery.ts';
import { dnsServer, NO_DNS } from './testing/dns-server.fixture.ts';
import { etcdServer, NO_ETCD } from './testing/etcd-server.fixture.ts';
import { eventually } from './testing/follower.fixture.ts';

interface Backend {
  readonly url: string;
  served: number;
  /** Resolves when the gateway has let go of it by itself, its last calls answered. */
  end(): Promise<void>;
}

async function startBackend(t: TestContext): Promise<Backend> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, async (incoming, response) => {
    one.served += 1;
    let bytes = 0;
    for await (const chunk of incoming) bytes += chunk.length;
    // Some answers take a while and come in parts, so that a change meets them half way.
    response.write('a');
    await new Promise((resolve) => setTimeout(resolve, (one.served % 4) * 10));
    response.end(String(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const one: Backend = {
    url: `http://127.0.0.1:${port}`,
    served: 0,
    end: async () => {
      await eventually(() => connections === 0);
      // From here on a gateway that still calls it is refused.
      server.close();
    },
  };
  return one;
}

/** Calls without end, most of them not to be repeated: a POST that fails has failed. Returns how many there were. */
function traffic(upstreams: Upstreams): () => Promise<number> {
  let running = true;
  let calls = 0;
  const body = randomBytes(2_000);
  const caller = async (): Promise<void> => {
    while (running) {
      calls += 1;
      const reply = await upstreams.call(request({ method: 'POST', body: new WholeBody(body) }));
      assert.equal(reply.status, 200);
      assert.equal(await text(reply), 'a2000');
    }
  };
  const callers = Array.from({ length: 12 }, caller);
  return async () => {
    running = false;
    await Promise.all(callers);
    return calls;
  };
}

/** Replaces every endpoint, three at a time and one new, while calls go on. */
async function rollOver(
  t: TestContext,
  upstreams: Upstreams,
  publish: (endpoints: readonly Backend[]) => Promise<void>,
  first: readonly Backend[],
): Promise<void> {
  const endpointsAre = (all: readonly Backend[]): boolean => {
    const wanted = all.map(({ url }) => url.slice('http://'.length)).sort();
    return (
      upstreams
        .view()
        .map((one) => one.endpoint)
        .sort()
        .join() === wanted.join()
    );
  };
  let all = [...first];
  await eventually(() => endpointsAre(all));
  const stop = traffic(upstreams);
  const gone: Promise<void>[] = [];
  for (let i = 0; i < 6; i += 1) {
    const fresh = await startBackend(t);
    const [old, ...rest] = all;
    all = [...rest, fresh];
    await publish(all);
    await eventually(() => endpointsAre(all));
    await eventually(() => fresh.served > 15);
    if (old) gone.push(old.end());
  }
  const calls = await stop();
  await Promise.all(gone);
  assert.ok(calls > 100, `${calls} calls`);
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-rolling-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** One call at a time to each, others wait in its queue: a change meets those as well. */
const common = { bulkhead: { maxInFlight: 2, maxQueue: 64, queueFor: '10s' }, retry: { max: 0 } };

test('every endpoint is replaced through a file: no request fails', { timeout: 300_000 }, async (t) => {
  const path = join(folderOf(t), 'endpoints.json');
  const publish = async (all: readonly Backend[]): Promise<void> => {
    writeFileSync(`${path}.tmp`, JSON.stringify({ endpoints: all.map(({ url }) => url) }));
    renameSync(`${path}.tmp`, path);
  };
  const first = await Promise.all([startBackend(t), startBackend(t), startBackend(t)]);
  await publish(first);
  const upstreams = rig(t, { users: { discover: { file: { path } }, ...common } });
  await upstreams.started;
  await rollOver(t, upstreams, publish, first);
});

test('every endpoint is replaced through a real etcd: no request fails', {
  timeout: 300_000,
  skip: NO_ETCD,
}, async (t) => {
  const etcd = await etcdServer((end) => t.after(end));
  const known = new Map<string, string>();
  const publish = async (all: readonly Backend[]): Promise<void> => {
    for (const { url } of all) {
      const key = `/users/${url.slice(-5)}`;
      if (!known.has(url)) await etcd.put(key, url);
      known.set(url, key);
    }
    for (const [url, key] of known) {
      if (all.some((one) => one.url === url)) continue;
      await etcd.remove(key);
      known.delete(url);
    }
  };
  const first = await Promise.all([startBackend(t), startBackend(t), startBackend(t)]);
  await publish(first);
  const discover = { etcd: { prefix: '/users/', servers: [etcd.url] }, addresses: { allow: ['127.0.0.1'] } };
  const upstreams = rig(t, { users: { discover, ...common } });
  await upstreams.started;
  await rollOver(t, upstreams, publish, first);
});

test('an address of DNS is called by its name', { skip: NO_DNS }, async (t) => {
  const hosts: (string | undefined)[] = [];
  const server = http.createServer((incoming, response) => {
    hosts.push(incoming.headers.host);
    response.end(incoming.url);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dns = await dnsServer(t, { hosts: { 'users.test': ['127.0.0.1'] }, ttlS: 60 });
  const source = { dns: { url: `http://users.test:${port}/base`, servers: [dns.server] } };
  const allowed = rig(t, { users: { discover: { ...source, addresses: { allow: ['127.0.0.1'] } } } });
  await allowed.started;
  assert.equal(await text(await allowed.call(request({ path: '/x' }))), '/base/x');
  assert.deepEqual(hosts, [`users.test:${port}`]);
  assert.equal(allowed.view()[0]?.endpoint, `127.0.0.1:${port}`);

  // By default nobody who writes DNS turns the gateway on its own machine.
  const refused = rig(t, { users: { discover: { ...source, startWithin: '100ms' } } });
  await refused.started;
  await assert.rejects(refused.call(request()), { code: 'upstream_unavailable' });
  assert.match(refused.missing()[0] ?? '', /upstream users has no endpoints yet \(dns users\.test:\d+\): /);
  assert.match(refused.viewDiscovery()[0]?.refused[0] ?? '', /127\.0\.0\.1 is an address of this machine/);
});

test('DNS that flaps, forgets and falls silent costs no request', {
  timeout: 300_000,
  skip: NO_DNS,
}, async (t) => {
  const server = http.createServer((incoming, response) => {
    incoming.resume().on('end', () => response.end('a2000'));
  });
  server.listen(0);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const hosts = { 'users.test': ['127.0.0.1'] };
  const dns = await dnsServer(t, { hosts, ttlS: 1 });
  const source = { dns: { url: `http://users.test:${port}`, servers: [dns.server], timeout: '500ms' } };
  const upstreams = rig(t, {
    users: { discover: { ...source, addresses: { allow: ['127.0.0.0/8'] } }, retry: { max: 0 } },
  });
  await upstreams.started;
  const failing = (): boolean => upstreams.viewDiscovery()[0]?.state === 'failing';
  const stop = traffic(upstreams);
  await dns.set({});
  await eventually(failing);
  await dns.set(hosts);
  await eventually(() => !failing());
  dns.freeze();
  await eventually(failing);
  dns.thaw();
  await dns.set({ 'users.test': ['127.0.0.2'] });
  await eventually(() => upstreams.view()[0]?.endpoint === `127.0.0.2:${port}`);
  assert.equal(upstreams.view().length, 1);
  await stop();
});

test('over TLS the certificate is the name’s, wherever the address leads', async (t) => {
  const folder = folderOf(t);
  const [key, cert, path] = [
    join(folder, 'key.pem'),
    join(folder, 'cert.pem'),
    join(folder, 'endpoints.yaml'),
  ];
  const subject = ['-subj', '/CN=users.test', '-addext', 'subjectAltName=DNS:users.test'];
  const args = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject];
  if (spawnSync('openssl', [...args, '-keyout', key, '-out', cert]).status !== 0) {
    t.skip('openssl is not here');
    return;
  }
  const server = https.createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    (incoming, response) => {
      response.end(incoming.headers.host);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const call = async (name: string): Promise<string> => {
    writeFileSync(path, `endpoints: [{ url: "https://${name}:${port}", address: 127.0.0.1 }]`);
    const upstreams = rig(t, {
      users: { discover: { file: { path } }, tls: { ca: cert }, retry: { max: 0 } },
    });
    await upstreams.started;
    const reply = await text(await upstreams.call(request()));
    await upstreams.dispose();
    return reply;
  };
  assert.equal(await call('users.test'), `users.test:${port}`);
  await assert.rejects(call('orders.test'), { code: 'upstream_connect' });
});

test('a reload keeps the set and its endpoints; the last snapshot ends the source', async (t) => {
  const path = join(folderOf(t), 'endpoints.yaml');
  const one = await startBackend(t);
  writeFileSync(path, `endpoints: ["${one.url}"]`);
  const discovery = new Discovery({
    clock: systemClock,
    random: Math.random,
    meter: noMeter,
    logger: noLogger,
  });
  const config = { users: { discover: { file: { path } } }, orders: { discover: { file: { path } } } };
  const before = rig(t, config, { discovery });
  await before.started;
  const after = rig(t, config, { discovery });
  assert.equal(discovery.size, 1);
  assert.deepEqual(
    after.view().map(({ upstream }) => upstream),
    ['users', 'orders'],
    'the endpoints are there at once',
  );
  await before.dispose();
  assert.equal(discovery.size, 1);
  assert.equal(await text(await after.call(request({ method: 'POST' }))), 'a0');
  await after.dispose();
  assert.equal(discovery.size, 0);
});
