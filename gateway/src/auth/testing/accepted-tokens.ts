/** A gateway's acceptance of JWTs for tests: real keys and signatures, key sets that a test can change, a clock in its hand. */
import type { Identity } from '../../core/identity.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryStore } from '../../state/memory.ts';
import { MemoryChannels } from '../../state/memory-channels.ts';
import { Authenticator } from '../authenticator.ts';
import { type ConsumerIndex, indexConsumers } from '../consumers/consumers.ts';
import { BearerTokens, type Confirmation } from '../jwt/bearer.ts';
import { Jwks } from '../jwt/jwks.ts';
import { JwtScheme } from '../jwt/jwt.ts';
import { issuerLabel, jwtConfig } from '../jwt/jwt-config.ts';
import { TokenIssuer } from '../jwt/token-issuer.ts';
import { VerifiedTokens } from '../jwt/verified-tokens.ts';
import { RevocationList, revocationConfig } from '../revocation/revocation.ts';
import { anyOf } from '../route-auth.ts';
import type { Presented } from '../scheme.ts';
import { presented } from './presented.ts';

/** What an issuer publishes, and how often it was asked for it. */
export interface PublishedKeys {
  fetches: number;
  answer: () => Promise<unknown>;
}

export interface AcceptedTokens {
  readonly clock: ManualClock;
  readonly scheme: JwtScheme;
  readonly revocations: RevocationList;
  /** By the issuer's label. */
  readonly published: ReadonlyMap<string, PublishedKeys>;
  readonly tokens: ReadonlyMap<string, VerifiedTokens>;
  readonly keySets: ReadonlyMap<string, Jwks>;
  /** Presents a token as a bearer token on a route that wants one; rejects where it is refused. */
  present(token: string, more?: Partial<Presented>): Promise<Identity | undefined>;
}

export interface AcceptedTokensOptions {
  /** As under `auth.jwt`; `jwksUri` may be left out. */
  readonly issuers: readonly Readonly<Record<string, unknown>>[];
  /** The key sets that they publish, in their order. */
  readonly documents: readonly unknown[];
  readonly confirmations?: readonly Confirmation[];
  readonly consumers?: ConsumerIndex;
}

export const noConsumers: ConsumerIndex = indexConsumers([], { byName: new Map(), defaultPlan: undefined });

export function acceptTokens(options: AcceptedTokensOptions): AcceptedTokens {
  const clock = new ManualClock();
  const published = new Map<string, PublishedKeys>();
  const tokens = new Map<string, VerifiedTokens>();
  const keySets = new Map<string, Jwks>();
  const configs = jwtConfig.parse(
    options.issuers.map((issuer) => ({ jwksUri: 'https://issuer.example/jwks', ...issuer })),
  );
  const issuers = configs.map((config, i) => {
    const label = issuerLabel(config);
    const keys: PublishedKeys = { fetches: 0, answer: async () => options.documents[i] };
    const fetchJwks = () => {
      keys.fetches += 1;
      return keys.answer();
    };
    const jwks = new Jwks({ label, fetchJwks, clock, logger: noLogger, meter: noMeter });
    const verified = new VerifiedTokens({ clock });
    published.set(label, keys);
    keySets.set(label, jwks);
    tokens.set(label, verified);
    return new TokenIssuer({ config, jwks, tokens: verified, clock, meter: noMeter });
  });
  const revocations = new RevocationList({
    config: revocationConfig.parse(undefined),
    store: new MemoryStore({ clock }),
    channels: new MemoryChannels({ logger: noLogger }),
    clock,
    logger: noLogger,
  });
  const scheme = new JwtScheme({
    issuers,
    bearer: new BearerTokens(options.confirmations),
    consumers: options.consumers ?? noConsumers,
  });
  const authenticator = new Authenticator({ schemes: [scheme], revocations, meter: noMeter });
  const route = authenticator.forRoute(anyOf(['jwt']));
  const present = async (token: string, more: Partial<Presented> = {}) =>
    route.identify(presented({ authorization: `Bearer ${token}` }, more));
  return { clock, scheme, revocations, published, tokens, keySets, present };
}
