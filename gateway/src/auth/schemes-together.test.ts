/**
 * All schemes on one route, with real credentials of each: whatever a request carries, a bad credential of an accepted
 * scheme refuses it, two of different consumers do, `all` wants all, and nobody is anonymous who showed something bad.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryStore } from '../state/memory.ts';
import { Authenticator } from './authenticator.ts';
import { BasicScheme } from './basic/basic.ts';
import { basicConfig } from './basic/basic-config.ts';
import { PasswordChecks } from './basic/password-checks.ts';
import { hashPassword } from './basic/password-hash.ts';
import { ApiKeyScheme, apiKeyConfig, createApiKey } from './consumers/api-key.ts';
import { consumersConfig, indexConsumers } from './consumers/consumers.ts';
import { DpopConfirmation } from './dpop/dpop.ts';
import { dpopConfig } from './dpop/dpop-config.ts';
import { DpopReplays } from './dpop/dpop-replays.ts';
import { MtlsScheme, mtlsConfig } from './mtls/mtls.ts';
import type { SchemeName } from './route-auth.ts';
import type { Scheme } from './scheme.ts';
import { acceptTokens } from './testing/accepted-tokens.ts';
import { certificateOf } from './testing/certificate.ts';
import { makeProver, proofBy } from './testing/dpop-prover.ts';
import { jwksOf, makeKey, signToken } from './testing/issuer.ts';
import { presented } from './testing/presented.ts';

const NAMES = ['jwt', 'apiKey', 'mtls', 'basic'] as const;
type Name = (typeof NAMES)[number];
/** What a request carries of each kind: nothing, what is the first consumer's or another's, or what is bad. */
const STATES = ['none', 'acme', 'other', 'bad'] as const;
/** What may stand in the one field `Authorization`. */
const AUTHORIZATIONS = [
  'none',
  'bearer acme',
  'bearer other',
  'bearer bad',
  'dpop acme',
  'dpop other',
  'dpop bad',
  'downgraded acme',
  'basic acme',
  'basic other',
  'basic bad',
] as const;

const issuer = makeKey('k1', 'ES256');
const prover = makeProver();
const keys = { acme: createApiKey('k1'), other: createApiKey('k1') };
const clock = new ManualClock();
let schemes: readonly Scheme[] = [];

before(async () => {
  const consumers = consumersConfig.parse(
    await Promise.all(
      (['acme', 'other'] as const).map(async (id) => ({
        id,
        apiKeys: [{ id: 'k1', sha256: keys[id].sha256 }],
        clients: [`${id}-client`],
        certificates: [{ commonName: id }],
        passwords: [{ scrypt: (await hashPassword(id, 2 ** 14, 8, 1)).text }],
      })),
    ),
  );
  const plans = { byName: new Map(), defaultPlan: undefined };
  const index = indexConsumers(consumers, plans);
  const replays = new DpopReplays({ store: new MemoryStore({ clock }), clock, logger: noLogger });
  const { scheme } = acceptTokens({
    issuers: [{ issuer: 'https://a.example', audience: 'frontdesk' }],
    documents: [jwksOf(issuer)],
    consumers: index,
    confirmations: [new DpopConfirmation({ config: dpopConfig.parse({}), replays, clock, meter: noMeter })],
  });
  const checks = new PasswordChecks({ clock, meter: noMeter });
  schemes = [
    scheme,
    new ApiKeyScheme({ config: apiKeyConfig.parse({}), consumers: index, clock }),
    new MtlsScheme({ config: mtlsConfig.parse({}), consumers, plans, clock }),
    new BasicScheme({ config: basicConfig.parse({}), consumers, plans, checks, clock }),
  ];
});

function tokenOf(id: string, isBound: boolean): string {
  const iat = Math.floor(clock.wall() / 1_000);
  return signToken(issuer, {
    iss: 'https://a.example',
    aud: 'frontdesk',
    sub: 'u1',
    iat,
    exp: iat + 300,
    client_id: `${id}-client`,
    ...(isBound ? { cnf: { jkt: prover.thumbprint } } : {}),
  });
}

function fieldsOf(authorization: (typeof AUTHORIZATIONS)[number]): string[] {
  const [kind = '', who = ''] = authorization.split(' ');
  if (kind === 'bearer') return ['authorization', `Bearer ${who === 'bad' ? 'bad' : tokenOf(who, false)}`];
  if (kind === 'downgraded') return ['authorization', `Bearer ${tokenOf(who, true)}`];
  if (kind === 'basic') {
    const pair = who === 'bad' ? 'acme:bad' : `${who}:${who}`;
    return ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
  }
  if (kind !== 'dpop') return [];
  const token = tokenOf(who === 'bad' ? 'acme' : who, true);
  const proof = proofBy(prover, {
    token,
    at: clock.wall(),
    htu: who === 'bad' ? 'https://api.example/else' : 'https://api.example/',
  });
  return ['authorization', `DPoP ${token}`, 'dpop', proof];
}

/** Who each scheme should find: a consumer, `bad`, or `none`. */
function expectedOf(authorization: string, apiKey: string, mtls: string): Record<Name, string> {
  const [kind = '', who = ''] = authorization.split(' ');
  const isToken = kind === 'bearer' || kind === 'dpop';
  return {
    jwt: kind === 'downgraded' ? 'bad' : isToken ? who : 'none',
    basic: kind === 'basic' ? who : 'none',
    apiKey,
    mtls,
  };
}

type Outcome = { readonly identity: Identity | undefined } | { readonly refusal: unknown };

async function settle(found: () => Identity | undefined | Promise<Identity | undefined>): Promise<Outcome> {
  try {
    return { identity: await found() };
  } catch (refusal) {
    return { refusal };
  }
}

test('who wins, who is refused, and that nobody bad is anonymous', async () => {
  const route = fc.record({
    accepted: fc.shuffledSubarray([...NAMES], { minLength: 1 }),
    require: fc.constantFrom('any' as const, 'all' as const),
    anonymous: fc.boolean(),
  });
  const carried = fc.record({
    authorization: fc.constantFrom(...AUTHORIZATIONS),
    apiKey: fc.constantFrom(...STATES),
    mtls: fc.constantFrom(...STATES),
  });
  await fc.assert(
    fc.asyncProperty(
      route,
      carried,
      async ({ accepted, require, anonymous }, { authorization, apiKey, mtls }) => {
        const isOpen = anonymous && require === 'any';
        const names: readonly SchemeName[] = accepted;
        const authenticator = new Authenticator({ schemes, meter: noMeter });
        const one = authenticator.forRoute({ schemes: names, require, anonymous: isOpen });
        const headers = new HeaderFields(fieldsOf(authorization));
        if (apiKey === 'bad') headers.append('x-api-key', createApiKey('k1').key);
        else if (apiKey !== 'none') headers.append('x-api-key', keys[apiKey].key);
        const certificate = mtls === 'none' ? undefined : certificateOf({ commonName: mtls });
        const client = { address: '192.0.2.1', scheme: 'https', certificate } as const;
        const outcome = await settle(() => one.identify(presented(headers, { client })));

        const expected = expectedOf(authorization, apiKey, mtls);
        const found = accepted.map((name) => expected[name]);
        const shown = found.filter((who) => who !== 'none');
        const isBad = shown.includes('bad') || new Set(shown).size > 1;
        const isMissing = require === 'all' ? found.includes('none') : shown.length === 0 && !isOpen;
        if (isBad || isMissing) {
          assert.ok('refusal' in outcome, 'accepted');
          assert.ok(outcome.refusal instanceof FrontdeskError, String(outcome.refusal));
          assert.equal(outcome.refusal.status, 401);
          if (!isMissing) assert.equal(outcome.refusal.code, 'invalid_credentials');
          return;
        }
        assert.ok('identity' in outcome, `refused: ${'refusal' in outcome ? outcome.refusal : ''}`);
        assert.equal(outcome.identity?.consumer, shown[0]);
        // The first of the route's order that the request carries gives the identity.
        assert.equal(
          outcome.identity?.scheme,
          accepted.find((name) => expected[name] !== 'none'),
        );
      },
    ),
    { numRuns: 300 },
  );
});
