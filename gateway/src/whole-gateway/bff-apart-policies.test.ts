/**
 * Policies about a BFF that has a process of its own: the gateway's at the door, by what the caller proved there, and the
 * process's own on its screens, by what the gateway vouches for: expressions, and a decision point that the process asks.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { startGateway } from '../app.ts';
import { IdentityKeys } from '../auth/to-backends/identity-keys.ts';
import { configSchema } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Running } from '../running.ts';
import { ran } from './guarded-bff.fixture.ts';

const folder = import.meta.dirname;
const ISSUER = 'https://front.example';
const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const local = { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } };
const quiet = { telemetry: { accessLog: { enabled: false }, level: 'silent' } };
const CALLERS = ['acme', 'other'] as const;
const keyOf = (caller: string) => `a-key-of-${caller}-0123456789`;

/** What the decision point was asked, and what it says. */
const inputs: { identity: { tenant?: string; consumer?: string } }[] = [];
let decision: unknown = true;
const opa = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  inputs.push(JSON.parse(text).input);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ result: decision }));
});
let front: Running;
let back: Running;

before(async () => {
  await new Promise<void>((resolve) => opa.listen(0, '127.0.0.1', resolve));
  const place = opa.address();
  const keys = new IdentityKeys(systemClock);
  keys.lease([key]);
  back = await startGateway({
    folder,
    config: configSchema.parse({
      ...quiet,
      listen: { ...local, trustedProxies: { addresses: ['127.0.0.1'] } },
      auth: {
        jwt: {
          issuer: ISSUER,
          audience: 'guarded',
          keys: JSON.parse(JSON.stringify(keys.published())),
          algorithms: ['EdDSA'],
          types: ['frontdesk-identity+jwt'],
          claims: { consumer: 'consumer' },
        },
      },
      upstreams: { opa: { url: `http://127.0.0.1:${typeof place === 'object' ? place?.port : 0}` } },
      policies: {
        ours: { allow: 'identity.tenant == "t-acme" && request.path.startsWith("/guarded/")' },
        elsewhere: { opa: { upstream: 'opa', path: 'shop/asked' } },
      },
      bffs: [{ package: './guarded-bff.fixture.ts', mount: '/guarded' }],
    }),
  });
  const apart = { url: `http://127.0.0.1:${back.addresses.public.port}`, auth: ['apiKey'] };
  front = await startGateway({
    folder,
    config: configSchema.parse({
      ...quiet,
      listen: local,
      auth: { apiKey: { header: 'x-api-key' }, identityTokens: { issuer: ISSUER, keys: [key] } },
      plans: { p: { limit: 'unlimited' } },
      consumers: CALLERS.map((id) => ({
        id,
        plan: 'p',
        tenant: `t-${id}`,
        apiKeys: [{ id, sha256: hash('sha256', keyOf(id), 'hex') }],
      })),
      policies: { reads: { allow: 'request.method == "GET" || identity.consumer == "acme"' } },
      bffs: [{ ...apart, mount: '/guarded', name: 'guarded', policies: ['reads'] }],
    }),
  });
});

after(async () => {
  await front?.drain();
  await back?.drain();
  opa.closeAllConnections();
  opa.close();
});

async function ask(caller: string, path: string, query?: string): Promise<{ status: number; text: string }> {
  const body = query === undefined ? {} : { method: 'POST', body: JSON.stringify({ query }) };
  const reply = await fetch(`http://127.0.0.1:${front.addresses.public.port}/guarded${path}`, {
    headers: { 'x-api-key': keyOf(caller), 'content-type': 'application/json' },
    ...body,
  });
  return { status: reply.status, text: await reply.text() };
}

test('a screen asks its process’s policy of whom the gateway vouches for: by REST, and as a field', async () => {
  assert.deepEqual(await ask('acme', '/ours'), { status: 200, text: '{"text":"shown"}' });
  const before = ran.parts;
  assert.equal((await ask('other', '/ours')).status, 403);
  const field = await ask('acme', '/graphql', '{ ours { text } }');
  assert.deepEqual(JSON.parse(field.text), { data: { ours: { text: 'shown' } } });
  assert.equal(ran.parts, before + 1, 'who is refused costs no part');
});

test('a decision point is asked by the process, with the identity that the gateway proved; its no and its silence are refusals', async () => {
  inputs.length = 0;
  assert.equal((await ask('other', '/asked')).status, 200);
  const [input] = inputs;
  assert.deepEqual([input?.identity.tenant, input?.identity.consumer], ['t-other', 'other']);
  decision = false;
  assert.equal((await ask('acme', '/asked')).status, 403);
  decision = { allow: 'perhaps' };
  const odd = await ask('acme', '/asked');
  assert.ok(odd.status >= 400, `${odd.status} ${odd.text}`);
});

test('the gateway’s own policy is asked first: whom it refuses never reaches the process', async () => {
  const before = ran.parts;
  inputs.length = 0;
  decision = true;
  assert.equal((await ask('other', '/graphql', '{ asked { text } }')).status, 403);
  assert.deepEqual([ran.parts, inputs.length], [before, 0]);
  const allowed = await ask('acme', '/graphql', '{ asked { text } }');
  assert.deepEqual(JSON.parse(allowed.text), { data: { asked: { text: 'shown' } } });
});
