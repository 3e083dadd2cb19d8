import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { Authenticator } from '../authenticator.ts';
import { consumersConfig, indexConsumers } from '../consumers/consumers.ts';
import { BearerTokens } from '../jwt/bearer.ts';
import { anyOf } from '../route-auth.ts';
import { acceptTokens } from '../testing/accepted-tokens.ts';
import { base64url, jwksOf, makeKey, signToken } from '../testing/issuer.ts';
import { presented } from '../testing/presented.ts';
import { IntrospectedTokens } from './introspected-tokens.ts';
import { IntrospectionScheme } from './introspection.ts';
import { introspectionConfig } from './introspection-config.ts';

const ISSUER = 'https://issuer.example';
const key = makeKey('k1', 'ES256');
const stranger = makeKey('k1', 'ES256');
const consumers = indexConsumers(
  consumersConfig.parse([{ id: 'app', plan: 'free', clients: ['app-client'] }]),
  { byName: new Map([['free', { name: 'free', scopes: new Set<string>() }]]), defaultPlan: undefined },
);

/** Both schemes over one issuer; the provider knows the token `good` alone. */
function setUp() {
  const { clock, scheme: jwt } = acceptTokens({
    issuers: [{ issuer: ISSUER, audience: 'frontdesk' }],
    documents: [jwksOf(key)],
  });
  const config = introspectionConfig.parse({
    endpoint: 'https://id.example/i',
    client: { id: 'gateway', secret: 's' },
  });
  const asked: string[] = [];
  const answers: Record<string, object> = {
    good: { active: true, sub: 'u1', client_id: 'app-client', scope: 'a b', roles: ['r'] },
  };
  const tokens = new IntrospectedTokens({
    config,
    ask: async (token) => {
      asked.push(token);
      return answers[token] ?? { active: false };
    },
    clock,
    logger: noLogger,
    meter: noMeter,
  });
  const introspection = new IntrospectionScheme({
    config,
    tokens,
    bearer: new BearerTokens(),
    consumers,
    isOfIssuer: (token) => jwt.claims(token),
  });
  const authenticator = new Authenticator({ schemes: [jwt, introspection], meter: noMeter });
  const route = (...names: ('jwt' | 'introspection' | 'anonymous')[]) => {
    const accepted = authenticator.forRoute(anyOf(names));
    return async (token: string) => {
      try {
        const identity = await accepted.identify(presented({ authorization: `Bearer ${token}` }));
        return identity === undefined ? 'anonymous' : `${identity.scheme} ${identity.subject}`;
      } catch (error) {
        return error instanceof FrontdeskError ? error.code : 'other';
      }
    };
  };
  const exp = Math.floor(clock.wall() / 1000) + 300;
  const claims = { iss: ISSUER, aud: 'frontdesk', sub: 'u2', exp };
  return { asked, answers, introspection, route, claims };
}

test('an answer gives an identity as the claims of a JWT do', async () => {
  const { introspection } = setUp();
  const identity = await introspection.identify(presented({ authorization: 'Bearer good' }));
  assert.deepEqual(
    [identity?.scheme, identity?.subject, identity?.consumer, identity?.plan, identity?.roles],
    ['introspection', 'u1', 'app', 'free', ['r']],
  );
  assert.deepEqual([...(identity?.scopes ?? [])], ['a', 'b']);
  const again = introspection.identify(presented({ authorization: 'Bearer good' }));
  assert.equal(again, identity, 'a known token is answered at once, with the same identity');
});

test('on a route with both, each judges its own tokens, in either order', async () => {
  for (const order of [
    ['jwt', 'introspection'],
    ['introspection', 'jwt'],
  ] as const) {
    const { asked, route, claims } = setUp();
    const ask = route(...order);
    assert.equal(await ask(signToken(key, claims)), 'jwt u2');
    assert.equal(await ask('good'), 'introspection u1');
    assert.equal(await ask('unknown'), 'invalid_credentials');
    assert.equal(
      await ask(signToken(stranger, { ...claims, iss: 'https://other.example' })),
      'invalid_credentials',
    );
    assert.equal(asked.length, 3);
  }
});

test('a bad JWT of a configured issuer is shown to nobody, and never becomes anonymous', async () => {
  const { asked, route, claims } = setUp();
  const good = signToken(key, claims);
  const [head, payload] = good.split('.');
  const bad = [
    signToken(stranger, claims),
    signToken(key, { ...claims, exp: 1 }),
    signToken(key, { ...claims, aud: 'other' }),
    signToken(key, claims, { alg: 'none' }),
    `${head}.${payload}.AAAA`,
    `${base64url({ alg: 'none' })}.${payload}.AAAA`,
  ];
  for (const names of [
    ['jwt', 'introspection', 'anonymous'],
    ['introspection', 'jwt', 'anonymous'],
    ['introspection', 'anonymous'],
    ['jwt', 'anonymous'],
  ] as const) {
    for (const token of bad) assert.equal(await route(...names)(token), 'invalid_credentials', names.join());
  }
  assert.equal(await route('introspection')(good), 'invalid_credentials', 'this route takes no JWTs');
  assert.deepEqual(asked, []);
});

test('what is no token of either kind is refused on every route, unseen', async () => {
  const { asked, route } = setUp();
  for (const names of [
    ['introspection', 'anonymous'],
    ['jwt', 'introspection', 'anonymous'],
  ] as const) {
    for (const token of ['a b', 'ü', '=', 'a"b', 'a\u0000', 'x'.repeat(4097)]) {
      assert.equal(await route(...names)(token), 'invalid_credentials', JSON.stringify(token));
    }
  }
  assert.equal(await route('jwt', 'anonymous')('opaque'), 'invalid_credentials');
  assert.deepEqual(asked, []);
});

test('a token that is bound is refused unless that is proven', async () => {
  const { answers, route } = setUp();
  answers.bound = { active: true, sub: 'u1', cnf: { jkt: 'x' } };
  assert.equal(await route('introspection')('bound'), 'invalid_credentials');
});

test('both ask for a bearer token with one challenge', async () => {
  const { introspection } = setUp();
  assert.deepEqual(introspection.challenges('invalid_token'), [
    'Bearer realm="frontdesk", error="invalid_token"',
  ]);
});
