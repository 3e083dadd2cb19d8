/**
 * The CPU time that each way to prove oneself, and each limit, costs a request, alone and in this process. Prints JSON lines:
 * `{"name", "micros"}`. The argument is a Redis for leased limits. `npm run bench -w test -- front-door` runs it.
 */

import { hashPassword } from '../src/auth/basic/password-hash.ts';
import { createApiKey } from '../src/auth/consumers/api-key.ts';
import { anyOf, type SchemeName } from '../src/auth/route-auth.ts';
import { certificateOf } from '../src/auth/testing/certificate.ts';
import { makeProver, proofBy } from '../src/auth/testing/dpop-prover.ts';
import { jwksOf, makeKey, signToken } from '../src/auth/testing/issuer.ts';
import { configSchema } from '../src/config/schema.ts';
import { WholeBody } from '../src/core/body.ts';
import type { Exchange } from '../src/core/exchange.ts';
import { HeaderFields } from '../src/core/headers.ts';
import { exchangeOn } from '../src/core/testing/exchange.ts';
import type { UpstreamReply } from '../src/core/upstream-call.ts';
import { openSessions } from '../src/identities/browser-sessions.ts';
import { openIdentities } from '../src/identities/identities.ts';
import type { LimitCheck, LimitSpec } from '../src/limits/limiter.ts';
import { compilePlans } from '../src/limits/plans/plans.ts';
import { openResidents } from '../src/residents/residents.ts';

const ROUNDS = 7;
const CALLS = 20_000;
/** Of what is dear, or good for one use alone. */
const FEW = 300;

type Act = (i: number) => unknown;

const [redis] = process.argv.slice(2);
const issuerKey = makeKey('k1', 'ES256');
const apiKey = createApiKey('bench');
const prover = makeProver();
const PASSWORD = 'a password of the bench';

const config = configSchema.parse({
  telemetry: { accessLog: { enabled: false }, level: 'error' },
  ...(redis === undefined ? {} : { state: { redis } }),
  auth: {
    jwt: {
      issuer: 'https://issuer.example',
      audience: 'api',
      keys: jwksOf(issuerKey),
      algorithms: ['ES256'],
    },
    apiKey: {},
    mtls: {},
    dpop: {},
    basic: { allowPlain: true },
    introspection: {
      endpoint: 'https://issuer.example/introspect',
      client: { id: 'gateway', secret: 'a secret of the bench' },
    },
    session: {
      issuer: 'https://issuer.example',
      origin: 'https://app.example',
      client: { id: 'gateway', method: 'none' },
      keys: ['a secret of the bench, of enough characters'],
    },
  },
  plans: { all: { limit: 'unlimited', default: true } },
  consumers: [
    {
      id: 'bench',
      plan: 'all',
      apiKeys: [{ id: 'bench', sha256: apiKey.sha256 }],
      certificates: [{ commonName: 'bench' }],
      passwords: [{ scrypt: (await hashPassword(PASSWORD)).text }],
    },
  ],
});
const residents = await openResidents(config);
const callNobody = () => Promise.reject(new Error('nobody is called'));
/** The provider, to which every token is good; what the call to it costs is a backend's call's own cost. */
const introspected = Buffer.from(
  '{"active":true,"sub":"u1","scope":"users:read orders:read","client_id":"app"}',
);
const callProvider = async (): Promise<UpstreamReply> => ({
  status: 200,
  headers: new HeaderFields(['content-type', 'application/json']),
  body: new WholeBody(introspected),
  settled: Promise.resolve({ kind: 'complete', bytes: introspected.length }),
});
const { authenticator } = openIdentities(config, compilePlans(config.plans), residents, callProvider);

const claims = (more: object = {}): object => ({
  iss: 'https://issuer.example',
  aud: 'api',
  sub: 'u1',
  scope: 'users:read orders:read',
  roles: ['customer'],
  tenant: 't1',
  exp: Math.floor(Date.now() / 1000) + 3600,
  iat: Math.floor(Date.now() / 1000),
  ...more,
});

/** A request with a dozen fields, as browsers and partners send. */
function request(fields: Readonly<Record<string, string>>, more: Partial<Exchange> = {}): Exchange {
  const common = {
    host: 'api.example',
    accept: 'application/json',
    'user-agent': 'bench',
    'accept-language': 'en',
  };
  return exchangeOn(residents.clock, { headers: HeaderFields.of({ ...common, ...fields }), ...more });
}

function identify(scheme: SchemeName, requests: readonly Exchange[]): Act {
  const route = authenticator.forRoute(anyOf([scheme]));
  return (i) => {
    const one = requests[i % requests.length];
    return one && route.identify(one);
  };
}

/** People who are logged in, with cookies of others beside their own. */
async function sessionRequests(count: number): Promise<Exchange[]> {
  if (!config.auth.session) return [];
  const { sessions } = openSessions(config.auth.session, residents, callNobody);
  const token = { accessToken: 'a'.repeat(900), refreshToken: 'r'.repeat(64), lifetimeS: 3600 };
  const requests: Exchange[] = [];
  for (let i = 0; i < count; i += 1) {
    const tokens = { ...token, idToken: undefined, scope: undefined };
    const cookie = await sessions.begin(tokens, 'nonce', () => ({ ...claims(), jti: `session-${i}` }));
    requests.push(request({ cookie: `theme=dark; __Host-frontdesk=${cookie}; locale=en` }));
  }
  return requests;
}

function take(spec: LimitSpec, limiter = residents.limits.limiter): Act {
  const checks: LimitCheck[] = [{ spec, key: [`bench.${spec.name}`, 'consumer', '/users/*'] }];
  return () => limiter.take(checks, 1);
}

async function micros(act: Act, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i += 1) {
    const acted = act(i);
    if (acted instanceof Promise) await acted;
    // Leases are renewed between turns of the event loop.
    if (i % 200 === 199) await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

async function measure(name: string, act: Act, calls = CALLS): Promise<void> {
  const times: number[] = [];
  // What is good for one use is used once: it has no rounds.
  const rounds = calls === CALLS ? ROUNDS : 1;
  if (rounds > 1) await micros(act, calls);
  for (let round = 0; round < rounds; round += 1) times.push(await micros(act, calls));
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ name, micros: times[Math.floor(times.length / 2)] }));
}

const bearer = (token: string): Exchange => request({ authorization: `Bearer ${token}` });
const known = signToken(issuerKey, claims());
const fresh = Array.from({ length: FEW }, (_, i) => bearer(signToken(issuerKey, claims({ jti: `j${i}` }))));
const bound = signToken(issuerKey, claims({ cnf: { jkt: prover.thumbprint } }));
const proofs = Array.from({ length: FEW }, () =>
  request({ authorization: `DPoP ${bound}`, dpop: proofBy(prover, { token: bound, at: Date.now() }) }),
);

const cachedJwt = identify('jwt', [bearer(known)]);
await measure('JWT, verified before', cachedJwt);
await measure('JWT, new (ES256)', identify('jwt', fresh), FEW);
await measure('API key', identify('apiKey', [request({ 'x-api-key': apiKey.key })]));
await measure(
  'client certificate',
  identify('mtls', [
    request(
      {},
      {
        client: {
          address: '192.0.2.1',
          scheme: 'https',
          certificate: certificateOf({ commonName: 'bench' }),
        },
      },
    ),
  ]),
);
const loggedIn = await sessionRequests(1);
await measure('browser session, known', identify('session', loggedIn));
await measure('browser session, read from the store', identify('session', await sessionRequests(FEW)), FEW);
await measure('DPoP, a proof each (ES256)', identify('jwt', proofs), FEW);
const credentials = Buffer.from(`bench:${PASSWORD}`).toString('base64');
await measure(
  'Basic, checked before',
  identify('basic', [request({ authorization: `Basic ${credentials}` })]),
);
await measure('introspection, answered before', identify('introspection', [bearer('an-opaque-token')]));
const opaque = Array.from({ length: FEW }, (_, i) => bearer(`an-opaque-token-${i}`));
await measure('introspection, new, without the call itself', identify('introspection', opaque), FEW);

const unlimited = { capacity: 1_000_000_000, refillPerMs: 1_000_000 };
const windowMs = 1_000;
const window = { capacity: 1_000_000_000, refillPerMs: 1_000_000, windowMs };
const leased = take({ name: 'leased', ...unlimited });
if (redis !== undefined) {
  await measure('token bucket, leased from Redis', leased);
  await measure('token bucket, exact in Redis', take({ name: 'exact', mode: 'exact', ...unlimited }), FEW);
  // A verified token is known for a minute, and a busy machine may have taken longer than that to come here.
  await cachedJwt(0);
  await measure('JWT verified before and leased bucket together', (i) => {
    const found = cachedJwt(i);
    if (found instanceof Promise) throw new Error('a known token is answered at once');
    return leased(i);
  });
} else {
  const bucket = take({ name: 'bucket', ...unlimited });
  await measure('token bucket, in memory', bucket);
  await cachedJwt(0);
  await measure('JWT verified before and bucket in memory together', (i) => {
    const found = cachedJwt(i);
    if (found instanceof Promise) throw new Error('a known token is answered at once');
    return bucket(i);
  });
  await measure('leaky bucket, in memory', take({ name: 'leaky', algorithm: 'leaky-bucket', ...unlimited }));
  await measure('fixed window, in memory', take({ name: 'fixed', algorithm: 'fixed-window', ...window }));
  await measure(
    'sliding window, in memory',
    take({ name: 'sliding', algorithm: 'sliding-window', ...window }),
  );
  await measure(
    'sliding log, in memory',
    take({ name: 'log', algorithm: 'sliding-log', capacity: 10_000, refillPerMs: 10_000, windowMs: 1 }),
  );
}
await residents.close();
