/**
 * A fuzzer of tokens. What must hold of every input: an identity only where the signed bytes are those of a token that was
 * signed and the signature is good; else a refusal and nothing thrown beside; no keys fetched that were there; no input that
 * takes long. `FRONTDESK_FUZZ_SECONDS` gives it longer, `FRONTDESK_FUZZ_SEED` another seed. What it finds becomes a case of
 * token-security.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { Authenticator } from './authenticator.ts';
import { IntrospectedTokens } from './introspection/introspected-tokens.ts';
import { IntrospectionScheme } from './introspection/introspection.ts';
import { introspectionConfig } from './introspection/introspection-config.ts';
import { BearerTokens } from './jwt/bearer.ts';
import { anyOf } from './route-auth.ts';
import { acceptTokens, noConsumers } from './testing/accepted-tokens.ts';
import { jwksOf, makeKey, signToken } from './testing/issuer.ts';
import { presented } from './testing/presented.ts';
import { mutated, seeded, strangeClaims } from './testing/token-mutations.ts';

const SEED = Number(process.env.FRONTDESK_FUZZ_SEED ?? process.env.FRONTDESK_SEED ?? 20_261_122);
const SECONDS = Number(process.env.FRONTDESK_FUZZ_SECONDS ?? 0);
const ROUNDS = 2000;
/** Far above what any input takes: a signature is checked in less than a millisecond. */
const MAX_MS = 1000;

const [A, B] = ['https://a.example', 'https://b.example'];
const rsa = makeKey('k1');
const ec = makeKey('k2', 'ES256');
const ofB = makeKey('k1', 'ES256');

function setUp() {
  const accepted = acceptTokens({
    issuers: [
      { issuer: A, audience: 'frontdesk' },
      { issuer: B, audience: 'frontdesk', algorithms: ['ES256'] },
    ],
    documents: [jwksOf(rsa, ec), jwksOf(ofB)],
  });
  const { clock, scheme, published } = accepted;
  const asked: string[] = [];
  const config = introspectionConfig.parse({
    endpoint: 'https://id.example/i',
    client: { id: 'g', secret: 's' },
  });
  const ask = async (token: string) => {
    asked.push(token);
    return { active: false };
  };
  const introspection = new IntrospectionScheme({
    config,
    tokens: new IntrospectedTokens({ config, ask, clock, logger: noLogger, meter: noMeter }),
    bearer: new BearerTokens(),
    consumers: noConsumers,
    isOfIssuer: (token) => scheme.claims(token),
  });
  const authenticator = new Authenticator({ schemes: [scheme, introspection], meter: noMeter });
  const routes = [
    authenticator.forRoute(anyOf(['jwt', 'anonymous'])),
    authenticator.forRoute(anyOf(['introspection', 'jwt', 'anonymous'])),
  ];
  const fetches = () => [...published.values()].reduce((sum, keys) => sum + keys.fetches, 0);
  const at = Math.floor(clock.wall() / 1000);
  const claims = (iss: string) => ({
    iss,
    aud: 'frontdesk',
    sub: 'u1',
    iat: at,
    exp: at + 300,
    scope: 'a b',
    jti: 'j',
  });
  return { ...accepted, asked, routes, fetches, claims };
}

/** Runs `round` for its number of rounds, or for as long as was asked for. */
async function runs(round: (n: number) => Promise<void>): Promise<void> {
  const until = performance.now() + SECONDS * 1000;
  for (let n = 0; SECONDS > 0 ? performance.now() < until : n < ROUNDS; n += 1) await round(n);
}

test('no change to a token gives another identity, and nothing is thrown or fetched', async () => {
  const { routes, fetches, claims, asked, clock, published, present } = setUp();
  const good = [signToken(rsa, claims(A)), signToken(ec, claims(A)), signToken(ofB, claims(B))] as const;
  for (const token of good) await present(token);
  const before = fetches();
  assert.equal(before, published.size);
  const signedBytes = new Set(good.map((token) => token.slice(0, token.lastIndexOf('.'))));
  const random = seeded(SEED);
  let refused = 0;
  await runs(async (n) => {
    const token = mutated(good[n % good.length] ?? good[0], random);
    const label = `seed ${SEED}, round ${n}: ${JSON.stringify(token)}`;
    for (const route of routes) {
      const startedAt = performance.now();
      try {
        const identity = await route.identify(presented({ authorization: `Bearer ${token}` }));
        // A field of white space alone is no credential.
        if (token.trim() === '') continue;
        assert.ok(identity, `anonymous: ${label}`);
        const written = token.trim();
        assert.ok(signedBytes.has(written.slice(0, written.lastIndexOf('.'))), label);
        assert.equal(identity.subject, 'u1', label);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assert.ok(error instanceof FrontdeskError, `${error}: ${label}`);
        assert.equal(error.code, 'invalid_credentials', label);
        refused += 1;
      }
      assert.ok(performance.now() - startedAt < MAX_MS, `slow: ${label}`);
    }
  });
  assert.ok(refused > ROUNDS, `${refused} refused`);
  // Unknown kids ask for the keys again, but the clock stands still: not within thirty seconds.
  assert.equal(fetches(), before);
  assert.ok(
    asked.every((token) => !good.some((one) => one === token)),
    'no good token was shown to anybody',
  );
  assert.equal(clock.pending, 0);
});

test('whatever the right key signs, an identity is sound or there is none', async () => {
  const { claims, present } = setUp();
  const random = seeded(SEED);
  let accepted = 0;
  await runs(async (n) => {
    const strange = strangeClaims(claims(A), random);
    const token = signToken(ec, strange.claims, { ...strange.header });
    const label = `seed ${SEED}, round ${n}: ${JSON.stringify(strange)}`;
    try {
      const identity = await present(token);
      assert.ok(identity, label);
      assert.match(identity.subject, /^[^\p{Cc}\p{Cs}]{1,256}$/u, label);
      assert.notEqual(identity.subject, '__proto__', label);
      assert.ok(identity.expiresAt > 0 && Number.isFinite(identity.expiresAt), label);
      assert.equal(identity.claims.iss, A, label);
      assert.equal(identity.claims.cnf, undefined, label);
      assert.ok(
        [...identity.scopes, ...identity.roles].every((word) => typeof word === 'string' && word !== ''),
        label,
      );
      accepted += 1;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof FrontdeskError, `${error}: ${label}`);
      assert.equal(error.code, 'invalid_credentials', label);
    }
  });
  assert.ok(accepted > ROUNDS / 100, `${accepted} accepted`);
});
