/** An issuer's keys are replaced, spoiled and gone under load, through a whole gateway: nobody with a good token is refused. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { after, before, test } from 'node:test';
import { startGateway } from '../app.ts';
import { jwksOf, makeKey, type SigningKey, signToken } from '../auth/testing/issuer.ts';
import { configSchema } from '../config/schema.ts';
import type { Running } from '../running.ts';

const ISSUER = 'https://issuer.example';
const [first, second] = [makeKey('k1', 'ES256'), makeKey('k2', 'ES256')];
const answering = (text: string, status = 200): RequestListener => {
  return (_request, response) => void response.writeHead(status).end(text);
};

let running: Running;
let fetches = 0;
let answer = answering(JSON.stringify(jwksOf(first)));
const issuer = createServer((request, response) => {
  fetches += 1;
  answer(request, response);
});

before(async () => {
  issuer.listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const at = issuer.address();
  const jwksUri = `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}/jwks`;
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    auth: {
      jwt: { issuer: ISSUER, audience: 'here', jwksUri, algorithms: ['ES256'] },
      failures: 'unlimited',
    },
    routes: [{ match: { path: '/' }, to: { fixed: { body: 'in' } }, auth: ['jwt'] }],
  });
  running = await startGateway({ config, folder: '.' });
});

after(async () => {
  await running?.drain();
  issuer.close();
  issuer.closeAllConnections();
});

let serial = 0;
/** With a token that nobody saw before: each is verified. */
async function ask(key: SigningKey, header: Record<string, unknown> = {}): Promise<number> {
  serial += 1;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'here', sub: 'u1', iat: now, exp: now + 300, jti: `${serial}` };
  const reply = await fetch(`http://127.0.0.1:${running.addresses.public.port}/`, {
    headers: { authorization: `Bearer ${signToken(key, claims, header)}` },
  });
  await reply.arrayBuffer();
  return reply.status;
}

/** Many at once, each of the keys in turn; how often each status came. */
async function burst(requests: number, ...asks: (() => Promise<number>)[]): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  const worker = async (from: number): Promise<void> => {
    for (let i = from; i < requests; i += 16) {
      const status = (await asks[i % asks.length]?.()) ?? 0;
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, i) => worker(i)));
  return statuses;
}

test('F92, F94, F95: keys that are replaced under load, and what is no key set after it, refuse no good token', async () => {
  assert.deepEqual(await burst(64, () => ask(first)), { 200: 64 });
  assert.equal(fetches, 1);
  answer = answering(JSON.stringify(jwksOf(second, first)));
  const both = [() => ask(first), () => ask(second)];
  assert.deepEqual(
    await burst(256, ...both),
    { 200: 256 },
    'no false 401, however short ago keys were fetched',
  );
  assert.equal(fetches, 2);
  answer = answering('<html>not a key set</html>');
  const stranger = () => ask(second, { kid: `unknown-${serial}` });
  assert.deepEqual(await burst(96, ...both, stranger), { 200: 64, 401: 32 });
  assert.equal(fetches, 2, 'who makes up keys has nothing fetched');
});
