/**
 * What an identity provider says of opaque tokens (RFC 7662 §2.2). An answer is used again for a short time, never past
 * the token's end, by the SHA-256 of the token; that a token is not good is remembered for less, and apart, so that a
 * flood of bad tokens drives out no good one. Requests with one token ask once. Where there is no answer nobody can tell:
 * 503, and never yes. An answer that has run out is not used, whatever happens; only a stream that is open already goes on
 * for a minute where nobody answers.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { type VerifiedToken, VerifiedTokens } from '../jwt/verified-tokens.ts';
import { cannotTell, invalidCredentials } from '../refusal.ts';
import type { AskIntrospection } from './introspection-client.ts';
import type { IntrospectionConfig } from './introspection-config.ts';

const MAX_ASKING = 1000;
/** A stream's token is asked about no sooner than this, however short answers hold. */
const STREAM_ASKS_MS = 5_000;
/** How long a stream goes on whose token nobody can tell of. */
const STREAM_WAITS_MS = 60_000;
/** How far the provider's clock may be from ours, where its answer has dates. */
const SKEW_MS = 30_000;
/** Kinds of tokens that are good at the provider, but open no door here. */
const OTHER_KINDS = ['refresh', 'refresh_token', 'id', 'id_token', 'offline'];

export interface IntrospectedTokensOptions {
  readonly config: Pick<
    IntrospectionConfig,
    'issuer' | 'audience' | 'requiredClaims' | 'cacheTtl' | 'inactiveTtl'
  >;
  readonly ask: AskIntrospection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class IntrospectedTokens {
  readonly #options: IntrospectedTokensOptions;
  readonly #active: VerifiedTokens;
  readonly #inactive: VerifiedTokens;
  readonly #asking = new Map<string, Promise<VerifiedToken>>();
  readonly #count: (value: number, outcome: string) => void;
  #failing = false;

  constructor(options: IntrospectedTokensOptions) {
    const { config, clock, meter } = options;
    this.#options = options;
    this.#active = new VerifiedTokens({ clock, maxAgeMs: config.cacheTtl });
    this.#inactive = new VerifiedTokens({ clock, maxAgeMs: config.inactiveTtl });
    this.#count = meter.counter({
      name: 'frontdesk_introspections_total',
      help: 'Tokens that the identity provider was asked about, by outcome: active, inactive or failed',
      labels: ['outcome'],
    });
  }

  /** What is known of a token without asking. Throws `invalid_credentials` where that is that it is not good. */
  known(digest: string): VerifiedToken | undefined {
    const active = this.#active.get(digest);
    if (!active && this.#inactive.get(digest)) throw notActive();
    return active;
  }

  /** Whether a token was good, and that still holds. */
  remembers(digest: string): boolean {
    return this.#active.get(digest) !== undefined;
  }

  /** Rejects with `invalid_credentials` where the token is not good, with 503 where nobody can tell. */
  ask(token: string, digest: string): Promise<VerifiedToken> {
    let asking = this.#asking.get(digest);
    if (asking) return asking;
    if (this.#asking.size >= MAX_ASKING) {
      return Promise.reject(cannotTell('too many tokens wait for their introspection'));
    }
    asking = this.#ask(token, digest).finally(() => this.#asking.delete(digest));
    this.#asking.set(digest, asking);
    return asking;
  }

  /**
   * Whether a token that is good now still is when this is asked, for as long as a stream lasts. It keeps the token, for
   * nobody can be asked by a digest. Never rejects.
   */
  whileOpen(token: string, digest: string): () => boolean | Promise<boolean> {
    const { clock } = this.#options;
    let goodAt = clock.now();
    return () => {
      if (clock.now() - goodAt < STREAM_ASKS_MS) return true;
      if (this.#inactive.get(digest)) return false;
      const isGood = (): boolean => {
        goodAt = clock.now();
        return true;
      };
      if (this.#active.get(digest)) return isGood();
      return this.ask(token, digest).then(
        isGood,
        (error: unknown) => !isRefusal(error) && clock.now() - goodAt < STREAM_WAITS_MS,
      );
    };
  }

  async #ask(token: string, digest: string): Promise<VerifiedToken> {
    const answer = await this.#answer(token);
    try {
      const good = this.#good(answer);
      this.#active.add(digest, good);
      this.#count(1, 'active');
      return good;
    } catch (error) {
      const expiresAt = Number.POSITIVE_INFINITY;
      this.#inactive.add(digest, { claims: {}, expiresAt, identity: undefined, madeFor: undefined });
      this.#count(1, 'inactive');
      throw error;
    }
  }

  /** A sound answer; rejects with 503 where there is none. */
  async #answer(token: string): Promise<Readonly<Record<string, unknown>>> {
    const { ask, logger } = this.#options;
    try {
      const answer = await ask(token);
      if (!isRecord(answer) || typeof answer.active !== 'boolean') {
        throw new FrontdeskError('upstream_invalid', {
          detail: 'the answer of the introspection says nothing',
        });
      }
      if (this.#failing) logger.info({}, 'tokens can be introspected again');
      this.#failing = false;
      return answer;
    } catch (error) {
      this.#count(1, 'failed');
      const { detail, message } = toFrontdeskError(error);
      if (!this.#failing) logger.warn({ reason: detail ?? message }, 'tokens cannot be introspected');
      this.#failing = true;
      throw cannotTell('the token cannot be introspected', error);
    }
  }

  /** The token that an answer describes; throws where it is not one for us. */
  #good(answer: Readonly<Record<string, unknown>>): VerifiedToken {
    const { config, clock } = this.#options;
    if (answer.active !== true) throw notActive();
    const { active: _, ...claims } = answer;
    for (const member of ['token_type', 'typ', 'token_use']) {
      const kind = claims[member];
      if (typeof kind === 'string' && OTHER_KINDS.includes(kind.toLowerCase())) {
        throw invalidCredentials('it is no access token');
      }
    }
    if (config.issuer !== undefined && claims.iss !== undefined && claims.iss !== config.issuer) {
      throw invalidCredentials('the token is of another issuer');
    }
    if (config.audience !== undefined && !names(claims.aud, config.audience)) {
      throw invalidCredentials('the token is for another audience');
    }
    for (const member of config.requiredClaims) {
      if (!Object.hasOwn(claims, member)) throw invalidCredentials(`the answer lacks ${member}`);
    }
    const now = clock.wall();
    const expiresAt = dateMs(claims.exp, 'exp') ?? Number.POSITIVE_INFINITY;
    if (expiresAt + SKEW_MS <= now) throw invalidCredentials('the token is expired');
    if ((dateMs(claims.nbf, 'nbf') ?? 0) > now + SKEW_MS)
      throw invalidCredentials('the token is not good yet');
    return {
      claims: { ...claims, sub: subjectOf(claims) },
      expiresAt,
      identity: undefined,
      madeFor: undefined,
    };
  }
}

/** Providers need not say `sub`; whom a token without it stands for is its user's name, or the client itself. */
function subjectOf(claims: Readonly<Record<string, unknown>>): unknown {
  return claims.sub ?? claims.username ?? claims.client_id;
}

function names(aud: unknown, wanted: string | readonly string[]): boolean {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.some(
    (one) => typeof one === 'string' && (one === wanted || (Array.isArray(wanted) && wanted.includes(one))),
  );
}

/** Seconds of an answer as milliseconds; throws for what is no date. */
function dateMs(seconds: unknown, member: string): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= 8.64e12)) {
    throw invalidCredentials(`${member} is no date`);
  }
  return seconds * 1000;
}

function isRefusal(error: unknown): boolean {
  return error instanceof FrontdeskError && error.code === 'invalid_credentials';
}

function notActive(): FrontdeskError {
  return invalidCredentials('the token is not active');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
