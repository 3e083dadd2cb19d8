import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jwtConfig } from '../auth/jwt/jwt-config.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { configSchema } from '../config/schema.ts';
import { WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import type { UpstreamRequest } from '../core/upstream-call.ts';
import { openResidents } from '../residents/residents.ts';
import { targetsOf } from '../upstream/config.ts';
import { jwksUpstreams, openIssuers } from './token-trust.ts';

const quiet = configSchema.parse({ telemetry: { accessLog: { enabled: false }, level: 'silent' } });
const key = makeKey('k1', 'ES256');
const A = { issuer: 'https://id.example/a', audience: 'x' };
const B = { issuer: 'https://id.example/b', audience: 'x', name: 'b', keyOrigins: ['https://keys.example/'] };
const C = { issuer: 'c', audience: 'x', keys: jwksOf(key) };

function token(iss: string): string {
  return signToken(key, { iss, aud: 'x', sub: 'u1', exp: Math.floor(Date.now() / 1000) + 300 });
}

test('each issuer has upstreams of its own, though it shares a host; one whose keys are here has none', () => {
  const upstreams = jwksUpstreams(
    jwtConfig.parse([A, B, C, { ...A, issuer: 'd', jwksUri: 'https://d.example:8443/keys' }]),
  );
  const urls = Object.entries(upstreams).map(([name, upstream]) => [name, targetsOf(upstream)[0]?.url]);
  assert.deepEqual(urls, [
    ['auth:jwks:https://id.example/a', 'https://id.example'],
    ['auth:jwks:b', 'https://id.example'],
    ['auth:jwks:b@https://keys.example', 'https://keys.example'],
    ['auth:jwks:d', 'https://d.example:8443'],
  ]);
});

test('keys are found by discovery, asked for by the upstream of where they are', async (t) => {
  const residents = await openResidents(quiet);
  t.after(() => residents.close());
  const asked: string[] = [];
  const documents: Record<string, unknown> = {
    '/b/.well-known/openid-configuration': { issuer: B.issuer, jwks_uri: 'https://keys.example/b?v=1' },
    '/b?v=1': jwksOf(key),
  };
  const call = async ({ upstream, path }: UpstreamRequest) => {
    asked.push(`${upstream} ${path}`);
    const body = new WholeBody(JSON.stringify(documents[path] ?? {}));
    const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
    return { status: documents[path] === undefined ? 404 : 200, headers: new HeaderFields(), body, settled };
  };
  const { issuers, keySets } = openIssuers(jwtConfig.parse([B, C]), residents, call);
  await Promise.all(keySets.map((keys) => keys.warm()));
  assert.deepEqual(asked, [
    'auth:jwks:b /b/.well-known/openid-configuration',
    'auth:jwks:b@https://keys.example /b?v=1',
  ]);
  for (const issuer of issuers) {
    assert.equal((await issuer.verify(token(issuer.config.issuer), 'd')).claims.sub, 'u1');
  }
});

test('a change of one issuer loses nothing of the others, of which there may be many', async (t) => {
  const residents = await openResidents(quiet);
  t.after(() => residents.close());
  const many = Array.from({ length: 20 }, (_, i) => ({ ...A, issuer: `https://id.example/${i}` }));
  const open = (issuers: unknown) =>
    openIssuers(jwtConfig.parse(issuers), residents, () => assert.fail('no call'));
  const before = open(many).keySets;
  const after = open(many.map((issuer, i) => (i === 3 ? { ...issuer, audience: 'y' } : issuer))).keySets;
  assert.deepEqual(
    before.flatMap((keys, i) => (keys === after[i] ? [] : [i])),
    [3],
  );
});
