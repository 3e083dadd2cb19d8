/** The gateway as a process would run it, on real sockets: start, take over a new configuration, leave. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startGateway } from './app.ts';
import { configSchema } from './config/schema.ts';
import { composeSupergraph } from './graph/supergraph/compose.ts';
import { ListenError } from './listener/listen-error.ts';
import type { GatewayOptions, Running } from './running.ts';

let backend: Server;
let backendUrl = '';
/** What the backend waits for before it answers `/slow`. */
let release = Promise.withResolvers<void>();
let slowArrived = Promise.withResolvers<void>();

before(async () => {
  backend = createServer(async (request, response) => {
    if (request.url === '/slow') {
      slowArrived.resolve();
      await release.promise;
    }
    response.end(JSON.stringify({ url: request.url, user: request.headers['x-user-id'] ?? null }));
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const address = backend.address();
  assert.ok(typeof address === 'object' && address);
  backendUrl = `http://127.0.0.1:${address.port}`;
});

after(() => {
  backend.closeAllConnections();
  backend.close();
});

function options(routes: unknown[], more: Record<string, unknown> = {}): GatewayOptions {
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '50ms' } },
    admin: { port: 0 },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    upstreams: { echo: { url: backendUrl } },
    routes,
    ...more,
  });
  return { config, folder: import.meta.dirname };
}

const toEcho = (path: string) => ({ match: { path }, to: { upstream: 'echo' } });
const urlOf = ({ addresses }: Running, path: string) => `http://127.0.0.1:${addresses.public.port}${path}`;
const adminUrlOf = ({ addresses }: Running, path: string) =>
  `http://127.0.0.1:${addresses.admin?.port}${path}`;

async function serving<T>(given: GatewayOptions, use: (running: Running) => Promise<T>): Promise<T> {
  const running = await startGateway(given);
  try {
    return await use(running);
  } finally {
    await running.drain();
  }
}

test('a request goes through to its backend, and health and metrics answer', async () => {
  await serving(options([toEcho('/a/*')]), async (running) => {
    const reply = await fetch(urlOf(running, '/a/b?c=d'), { headers: { 'x-user-id': '1' } });
    assert.equal(reply.status, 200);
    assert.deepEqual(await reply.json(), { url: '/a/b?c=d', user: null });
    assert.ok(reply.headers.get('x-request-id'));
    assert.equal((await fetch(urlOf(running, '/nowhere'))).status, 404);
    assert.equal((await fetch(urlOf(running, '/readyz'))).status, 200);
    const metrics = await (await fetch(adminUrlOf(running, '/metrics'))).text();
    assert.match(
      metrics,
      /frontdesk_requests_total\{route="\/a\/\*",method="GET",status="200",plan="none"\} 1/,
    );
    assert.match(metrics, /frontdesk_upstream_in_flight\{upstream="echo",endpoint="127\.0\.0\.1:\d+"\} 0/);
  });
});

test('a new configuration takes over at once, and a request under way ends on the old one', async () => {
  release = Promise.withResolvers();
  slowArrived = Promise.withResolvers();
  await serving(options([toEcho('/slow')]), async (running) => {
    const underWay = fetch(urlOf(running, '/slow'));
    await slowArrived.promise;
    await running.replace(options([toEcho('/other')]));
    assert.equal((await fetch(urlOf(running, '/slow'))).status, 404);
    assert.equal((await fetch(urlOf(running, '/other'))).status, 200);
    release.resolve();
    const reply = await underWay;
    assert.equal(reply.status, 200);
    assert.deepEqual(await reply.json(), { url: '/slow', user: null });
  });
});

test('a configuration that cannot be built changes nothing', async () => {
  await serving(options([toEcho('/a')]), async (running) => {
    const twice = options([toEcho('/b'), toEcho('/b')]);
    await assert.rejects(running.replace(twice), /two routes take the same requests/);
    const missing = options([toEcho('/b')], { graph: { supergraph: '/no/such/file' } });
    await assert.rejects(running.replace(missing), /no file/);
    assert.equal((await fetch(urlOf(running, '/a'))).status, 200);
    assert.equal((await fetch(urlOf(running, '/b'))).status, 404);
  });
});

test('a supergraph that changes takes over under the same configuration; a bad one is told, and changes nothing', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'frontdesk-app-')), 's.graphql');
  const write = async (field: string) => {
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7") type Query { ${field}: String }`;
    const composed = await composeSupergraph([{ name: 'a', url: `${backendUrl}/graph`, sdl }]);
    assert.ok('supergraphSdl' in composed);
    writeFileSync(file, composed.supergraphSdl);
  };
  await write('one');
  const graph = { supergraph: { file }, introspection: true };
  await serving(options([], { graph }), async (running) => {
    const fields = async () => {
      const query = encodeURIComponent('{ __schema { queryType { fields { name } } } }');
      const reply = await fetch(urlOf(running, `/graphql?query=${query}`), {
        headers: { 'apollo-require-preflight': '1', accept: 'application/json' },
      });
      const { data }: { data: { __schema: { queryType: { fields: { name: string }[] } } } } = JSON.parse(
        await reply.text(),
      );
      return data.__schema.queryType.fields.map(({ name }) => name).join();
    };
    const view = async () => {
      const text = await (await fetch(adminUrlOf(running, '/admin/supergraph'))).text();
      const parsed: { source: string; sha256: string; refused?: string; generations: number } =
        JSON.parse(text);
      return parsed;
    };
    const until = async (is: () => Promise<boolean>) => {
      while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    assert.equal(await fields(), 'one');
    const first = await view();
    assert.equal(first.source, file);
    await write('two');
    await until(async () => (await fields()) === 'two');
    const second = await view();
    assert.notEqual(second.sha256, first.sha256);
    writeFileSync(file, 'type Query { three: Nothing }');
    await until(async () => (await view()).refused !== undefined);
    assert.match((await view()).refused ?? '', /not a supergraph/);
    assert.equal(await fields(), 'two');
    assert.equal((await view()).generations, 1);
    assert.equal((await fetch(urlOf(running, '/readyz'))).status, 200);
    const metrics = await (await fetch(adminUrlOf(running, '/metrics'))).text();
    assert.match(metrics, /frontdesk_supergraph_reloads_total\{outcome="applied"\} 1/);
    assert.match(metrics, /frontdesk_supergraph_reloads_total\{outcome="refused"\} 1/);
    // A configuration that is taken over reads its supergraph again, and is refused with it.
    await assert.rejects(running.replace(options([], { graph })), { detail: /not a supergraph/ });
    await write('four');
    await running.replace(options([], { graph }));
    assert.equal(await fields(), 'four');
    assert.equal((await view()).refused, undefined);
  });
});

test('a breaker that opened stays open through a new configuration', async () => {
  const breaker = { windowCalls: 2, minimumCalls: 2, openFor: '1h' };
  // Port 1 of this machine refuses connections.
  const upstreams = {
    echo: { url: backendUrl },
    dead: { url: 'http://127.0.0.1:1', breaker, retry: { max: 0 } },
  };
  const routes = [{ match: { path: '/dead' }, to: { upstream: 'dead' } }];
  await serving(options(routes, { upstreams }), async (running) => {
    const problem = async () => {
      const body: { type?: string } = JSON.parse(await (await fetch(urlOf(running, '/dead'))).text());
      return body.type;
    };
    assert.equal(await problem(), 'urn:frontdesk:problem:upstream-connect');
    assert.equal(await problem(), 'urn:frontdesk:problem:upstream-connect');
    assert.equal(await problem(), 'urn:frontdesk:problem:circuit-open');
    await running.replace(options([...routes, toEcho('/a')], { upstreams }));
    assert.equal(await problem(), 'urn:frontdesk:problem:circuit-open');
  });
});

test('a gateway that drains finishes what is under way and then is gone', async () => {
  release = Promise.withResolvers();
  slowArrived = Promise.withResolvers();
  const running = await startGateway(options([toEcho('/slow')]));
  const underWay = fetch(urlOf(running, '/slow'));
  await slowArrived.promise;
  const drained = running.drain();
  release.resolve();
  const reply = await underWay;
  assert.equal(reply.status, 200);
  await reply.text();
  await drained;
  await assert.rejects(fetch(urlOf(running, '/slow')));
});

test('without keys of the token issuer the gateway starts and is not ready', async () => {
  const auth = { jwt: { issuer: 'http://127.0.0.1:1', audience: 'x', jwksUri: 'http://127.0.0.1:1/jwks' } };
  await serving(options([toEcho('/a')], { auth }), async (running) => {
    const reply = await fetch(urlOf(running, '/readyz'));
    assert.equal(reply.status, 503);
    assert.match(await reply.text(), /keys could not be fetched/);
    assert.equal((await fetch(urlOf(running, '/healthz'))).status, 200);
  });
});

test('a taken port is an error that names it and its option, and nothing is left running', async () => {
  await serving(options([toEcho('/a')]), async (running) => {
    const { port } = running.addresses.public;
    await assert.rejects(startGateway(options([], { listen: { host: '127.0.0.1', port } })), (error) => {
      assert.ok(error instanceof ListenError);
      assert.match(error.message, new RegExp(`${port}`));
      assert.match(error.message, /--port/);
      return true;
    });
  });
});

test('without endpoints it starts, and says so until it has had them once; a reload keeps them', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'frontdesk-app-')), 'endpoints.yaml');
  const discover = { file: { path, poll: '50ms' }, startWithin: '100ms' };
  const given = options([toEcho('/a')], { upstreams: { echo: { discover } } });
  await serving(given, async (running) => {
    const ready = async (): Promise<{ status: number; text: string }> => {
      const reply = await fetch(urlOf(running, '/readyz'));
      return { status: reply.status, text: await reply.text() };
    };
    const { status, text } = await ready();
    assert.equal(status, 503);
    assert.match(text, /upstream echo has no endpoints yet \(file .*\): there is no file/);
    assert.equal((await fetch(urlOf(running, '/a'))).status, 503);
    writeFileSync(path, `endpoints: ["${backendUrl}"]`);
    while ((await ready()).status !== 200);
    assert.equal((await fetch(urlOf(running, '/a'))).status, 200);
    // A file that is gone makes nothing unready, neither now nor after a reload, and its endpoints stay.
    writeFileSync(path, 'endpoints: []');
    const view = async (): Promise<string> => (await fetch(adminUrlOf(running, '/admin/discovery'))).text();
    while (!(await view()).includes('"state":"failing"'));
    await running.replace(options([toEcho('/a'), toEcho('/b')], { upstreams: { echo: { discover } } }));
    assert.equal((await fetch(urlOf(running, '/b'))).status, 200);
    assert.equal((await ready()).status, 200);
    const metrics = await (await fetch(adminUrlOf(running, '/metrics'))).text();
    assert.match(metrics, /frontdesk_discovery_endpoints\{source="file .*"\} 1/);
    assert.match(metrics, /frontdesk_discovery_age_seconds\{source="file .*"\} \d/);
  });
});
