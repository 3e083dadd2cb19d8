/** By whatever door a call goes out, its backend gets the caller's own tokens and nothing that the caller wrote. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startGateway } from '../app.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { tokenService } from '../auth/testing/token-service.ts';
import { configSchema } from '../config/schema.ts';
import { composeSupergraph } from '../graph/supergraph/compose.ts';

const key = makeKey('k1', 'ES256');
const issuer = 'https://issuer.example';

function tokenOf(sub: string): string {
  const now = Math.floor(Date.now() / 1000);
  return signToken(key, { iss: issuer, aud: 'frontdesk', sub, iat: now, exp: now + 600 });
}

/** Tells what comes to each of them. */
class Backends {
  readonly #waiting = new Map<string, (headers: IncomingHttpHeaders) => void>();

  /** The next that comes to one. */
  next(at: string): Promise<IncomingHttpHeaders> {
    return new Promise((resolve) => this.#waiting.set(at, resolve));
  }

  note(at: string, headers: IncomingHttpHeaders): void {
    this.#waiting.get(at)?.(headers);
  }

  async http(t: TestContext, at: string): Promise<string> {
    const server = createServer((request, response) => {
      this.note(at, request.headers);
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { hello: 'you' } }));
    });
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return portOf(server);
  }

  async grpc(t: TestContext, at: string): Promise<string> {
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      this.note(at, headers);
      stream.resume();
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 0]));
    });
    t.after(() => server.close());
    return portOf(server);
  }
}

function portOf(
  server: ReturnType<typeof createServer> | ReturnType<typeof createHttp2Server>,
): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    });
  });
}

const door = pathToFileURL(join(import.meta.dirname, '../bff/index.ts')).href;
const GREETER = `
import { defineBackends, defineBff, json } from ${JSON.stringify(door)};
const backends = defineBackends({ screens: { get: { '/hello': json() } } });
const { part, screen } = backends;
export default defineBff({
  name: 'greeter',
  schema: 'type Query { greeting: Greeting } type Greeting { text: String }',
  backends,
  screens: [screen({ path: '/greeting', field: 'greeting', deadline: '5s', parts: {
    text: part(async ({ rest }) => (await rest.screens.get('/hello')).data.hello) } })],
});`;

async function start(t: TestContext) {
  const backends = new Backends();
  const { endpoint } = await tokenService(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-credentials-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const graph = await backends.http(t, 'graph');
  const composed = await composeSupergraph([
    { name: 'hello', url: `${graph}/graphql`, sdl: 'type Query { hello: String }' },
  ]);
  assert.ok('supergraphSdl' in composed);
  writeFileSync(join(folder, 'supergraph.graphql'), String(composed.supergraphSdl));
  writeFileSync(join(folder, 'greeter.mjs'), GREETER);
  const told = {
    identityToken: {},
    credentials: { exchange: { tokenEndpoint: endpoint, client: { id: 'frontdesk', secret: 'a secret' } } },
  };
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms', grace: '500ms' } },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    auth: { jwt: { issuer, audience: 'frontdesk', keys: jwksOf(key), algorithms: ['ES256'] } },
    upstreams: {
      graph: { url: graph, subgraph: 'hello', ...told },
      screens: { url: await backends.http(t, 'screens'), ...told },
      grpc: { url: await backends.grpc(t, 'grpc'), protocol: 'http2', ...told },
      split: { split: { sides: { all: { upstream: 'side' }, none: { upstream: 'screens', weight: 0 } } } },
      side: { url: await backends.http(t, 'side'), ...told, mirror: { upstream: 'shadow' } },
      shadow: { url: await backends.http(t, 'shadow'), ...told },
    },
    graph: { supergraph: join(folder, 'supergraph.graphql'), planBudget: '10s', auth: ['jwt'] },
    bffs: [{ package: './greeter.mjs', mount: '/bff', auth: ['jwt'] }],
    routes: [
      { match: { path: '/split' }, to: { upstream: 'split' }, auth: ['jwt'] },
      { match: { path: '/test.Echo/*' }, to: { upstream: 'grpc' }, auth: ['jwt'] },
    ],
  });
  const running = await startGateway({ config, folder });
  t.after(() => running.drain());
  return { backends, origin: `http://127.0.0.1:${running.addresses.public.port}` };
}

function claimsOf(token: unknown): Record<string, unknown> {
  const [, body = ''] = String(token).split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString());
}

test('the graph, a BFF, gRPC, a split and a mirror tell their backends who asks', async (t) => {
  const { backends, origin } = await start(t);
  const json = { 'content-type': 'application/json' };
  const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
  const doors: [at: string, path: string, init: RequestInit & { headers?: Record<string, string> }][] = [
    ['graph', '/graphql', { method: 'POST', headers: json, body: '{"query":"{ hello }"}' }],
    ['screens', '/bff/greeting', {}],
    ['grpc', '/test.Echo/Unary', { method: 'POST', headers: grpc, body: new Uint8Array(5) }],
    ['side', '/split', {}],
    ['shadow', '/split', {}],
  ];
  for (const [at, path, init] of doors) {
    for (const sub of ['alice', 'bob']) {
      const token = tokenOf(sub);
      const coming = backends.next(at);
      const reply = await fetch(origin + path, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${token}`, 'x-identity-token': 'forged' },
      });
      const text = await reply.text();
      assert.equal(reply.status, 200, `${at}: ${text}`);
      assert.equal(reply.headers.get('frontdesk-incomplete'), null);
      const headers = await coming;
      assert.match(
        headers.authorization ?? '',
        new RegExp(`^Bearer granted-\\d+-for-${token.slice(-8)}$`),
        at,
      );
      const { sub: told, aud } = claimsOf(headers['x-identity-token']);
      assert.deepEqual([told, aud], [sub, at]);
    }
  }
});
