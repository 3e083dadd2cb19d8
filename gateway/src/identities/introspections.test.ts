import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { anyOf } from '../auth/route-auth.ts';
import { presented } from '../auth/testing/presented.ts';
import { configSchema } from '../config/schema.ts';
import { FrontdeskError } from '../core/errors.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { openResidents } from '../residents/residents.ts';
import { createUpstreams } from '../upstream/upstream.ts';
import { authUpstreams, openIdentities } from './identities.ts';

const quiet = { telemetry: { accessLog: { enabled: false }, level: 'silent' } };

/** A provider that knows the token `good`, and what it was asked. */
async function provider(t: TestContext) {
  const asked: string[] = [];
  const state = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${form.get('token')}`);
      const metadata = { issuer: origin, introspection_endpoint: `${origin}/introspect` };
      const answer = form.get('token') === 'good' ? { active: true, sub: 'u1' } : { active: false };
      response.statusCode = state.status;
      response.end(JSON.stringify(request.url?.startsWith('/.well-known/') ? metadata : answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address && typeof address !== 'string');
  const origin = `http://127.0.0.1:${address.port}`;
  return { origin, asked, state };
}

async function gateway(t: TestContext, introspection: object) {
  const config = configSchema.parse({ ...quiet, auth: { introspection } });
  const residents = await openResidents(config);
  t.after(() => residents.close());
  const { clock, random, limits, endpoints, discovery, upstreamMetrics, caches, splits } = residents;
  const upstreams = createUpstreams({
    configs: authUpstreams(config.auth),
    ...{ clock, random, discovery, caches, splits, metrics: upstreamMetrics },
    limiter: limits.limiter,
    registry: endpoints,
    identityHeaders: config.identityHeaders,
    credentialFields: [],
    zone: undefined,
  });
  t.after(() => upstreams.dispose());
  const { authenticator } = openIdentities(config, compilePlans(config.plans), residents, upstreams.call);
  const route = authenticator.forRoute(anyOf(['introspection']));
  return async (token: string) => {
    try {
      return (await route.identify(presented({ authorization: `Bearer ${token}` })))?.subject;
    } catch (error) {
      return error instanceof FrontdeskError ? error.status : error;
    }
  };
}

const client = { id: 'gateway', secret: 'open sesame' };
const basic = `Basic ${Buffer.from('gateway:open+sesame').toString('base64')}`;

test('a token is introspected where discovery says, as the gateway; the metadata is asked for as nobody', async (t) => {
  const { origin, asked } = await provider(t);
  const ask = await gateway(t, { issuer: origin, client });
  const found = await Promise.all([ask('good'), ask('good'), ask('bad')]);
  assert.deepEqual(found, ['u1', 'u1', 401]);
  assert.deepEqual(asked.sort(), [
    'GET /.well-known/openid-configuration undefined null',
    `POST /introspect ${basic} bad`,
    `POST /introspect ${basic} good`,
  ]);
});

test('a provider that fails or is gone: 503, and soon again when it is back', async (t) => {
  const { origin, asked, state } = await provider(t);
  const ask = await gateway(t, {
    endpoint: `${origin}/introspect`,
    client: { ...client, method: 'client_secret_post' },
  });
  for (const status of [401, 400, 302, 500]) {
    state.status = status;
    assert.equal(await ask('good'), 503, `${status}`);
  }
  state.status = 200;
  assert.equal(await ask('good'), 'u1');
  assert.ok(asked.every((line) => line.startsWith('POST /introspect undefined ')));
  const gone = await gateway(t, { endpoint: 'http://127.0.0.1:1/introspect', client });
  assert.equal(await gone('good'), 503);
});
