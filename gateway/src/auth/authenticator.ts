/**
 * Who asks, by the schemes that a route accepts. Every credential of an accepted scheme that a request carries must
 * hold, and all must name one consumer; the first scheme in the route's order gives the identity. `anonymous` lets a
 * request without credentials pass; one with bad credentials never passes.
 */
import { z } from 'zod';
import { FrontdeskError } from '../core/errors.ts';
import type { ClientInfo } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import type { Meter } from '../core/meter.ts';
import { basicConfig } from './basic/basic-config.ts';
import { apiKeyConfig } from './consumers/api-key.ts';
import { dpopConfig } from './dpop/dpop-config.ts';
import { type FailureBuckets, failuresConfig } from './failure-buckets.ts';
import { isGuess } from './guess.ts';
import { introspectionConfig } from './introspection/introspection-config.ts';
import { joinIdentities } from './joined-identity.ts';
import { jwtConfig } from './jwt/jwt-config.ts';
import { mtlsConfig } from './mtls/mtls.ts';
import { challengeOf, invalidCredentials, isOutdated, outdatedCredentials } from './refusal.ts';
import { type RevocationList, revocationConfig } from './revocation/revocation.ts';
import { type RouteAuth, SCHEME_NAMES, type SchemeName } from './route-auth.ts';
import type { Presented, Scheme } from './scheme.ts';
import { sessionConfig } from './session/session-config.ts';
import type { CallerTokens } from './to-backends/caller-tokens.ts';
import { identityTokensConfig } from './to-backends/identity-token-config.ts';

export const authConfig = z
  .strictObject({
    jwt: jwtConfig.optional().describe('Bearer tokens that are JWTs: of one issuer, or of a list'),
    introspection: introspectionConfig
      .optional()
      .describe('Bearer tokens that only their issuer can read: it is asked about them'),
    apiKey: apiKeyConfig.optional().describe('API keys of the consumers'),
    mtls: mtlsConfig.optional().describe('Client certificates of the consumers'),
    basic: basicConfig.optional().describe('User names and passwords of the consumers'),
    dpop: dpopConfig
      .optional()
      .describe("Tokens that are bound to a key of the client's, which signs each request (RFC 9449)"),
    session: sessionConfig
      .optional()
      .describe('Logins of people at browsers, for web apps: no token leaves the gateway'),
    identityTokens: identityTokensConfig
      .optional()
      .describe('Signed statements of who asks, for the upstreams that say identityToken'),
    revocation: revocationConfig.describe('Revoked tokens'),
    failures: failuresConfig.describe('How often one address may fail to authenticate'),
  })
  .prefault({});

export type AuthConfig = z.output<typeof authConfig>;

/** The schemes that a configuration has, in the order of `SCHEME_NAMES`. */
export function configuredSchemes(auth: AuthConfig): SchemeName[] {
  return SCHEME_NAMES.filter((name) => Object.hasOwn(auth, name));
}

export interface RouteAuthenticator {
  /** The identity, or `undefined` where the route lets requests without one pass. Throws or rejects with a 401. */
  identify(request: Presented): Identity | undefined | Promise<Identity | undefined>;
  /** Whether a request has a credential that is only a part of a field, such as a cookie. */
  carries?(headers: Presented['headers']): boolean;
  /** Headers that carried or could carry credentials: taken away before a backend sees the request. */
  readonly credentialHeaders: ReadonlySet<string>;
  /** `www-authenticate` fields for a refusal after authentication. */
  challenges(error?: string, scope?: string, client?: ClientInfo): [name: string, value: string][];
  /** What the reply to a request that it identified should carry; left out where there is never anything. */
  readonly replyFields?: ReplyFieldsOf | undefined;
}

type ReplyFieldsOf = (request: Presented) => readonly (readonly [name: string, value: string])[] | undefined;

export interface AuthenticatorOptions {
  /** The configured schemes. */
  readonly schemes: readonly Scheme[];
  /** Asked of every identity, whatever proved it. */
  readonly revocations?: RevocationList;
  /** Told of each refusal; who has too many of them is not looked at. */
  readonly failures?: FailureBuckets;
  /** What a reply should carry for the sake of tokens and their proofs. */
  readonly replyFields?: ReplyFieldsOf | undefined;
  /** Callers' tokens, where some upstream has them exchanged. */
  readonly callers?: CallerTokens | undefined;
  readonly meter: Meter;
}

export class Authenticator {
  readonly #schemes: readonly Scheme[];
  readonly #revocations: RevocationList | undefined;
  readonly #failures: FailureBuckets | undefined;
  readonly #callers: CallerTokens | undefined;
  readonly #replyFields: ReplyFieldsOf | undefined;
  readonly #count: (value: number, scheme: string, outcome: string) => void;

  constructor(options: AuthenticatorOptions) {
    this.#schemes = options.schemes;
    this.#revocations = options.revocations;
    this.#failures = options.failures;
    this.#replyFields = options.replyFields;
    this.#callers = options.callers;
    this.#count = options.meter.counter({
      name: 'frontdesk_authentications_total',
      help: 'Requests by the scheme that proved who asks, and the outcome: ok, missing or refused',
      labels: ['scheme', 'outcome'],
    });
  }

  /** What one route needs, made once a configuration. */
  forRoute({ schemes: accepted, require, anonymous }: RouteAuth): RouteAuthenticator {
    const schemes = accepted.flatMap((name) =>
      this.#schemes
        .filter((scheme) => scheme.name === name)
        .map((scheme) => scheme.among?.(accepted) ?? scheme),
    );
    const credentialHeaders = new Set(this.#schemes.flatMap((scheme) => scheme.credentialHeaders));
    const all = require === 'all';
    const [revocations, failures] = [this.#revocations, this.#failures];
    const takesTokens = accepted.includes('jwt') || accepted.includes('introspection');
    return new AcceptedSchemes({
      schemes,
      revocations,
      failures,
      all,
      anonymous,
      credentialHeaders,
      replyFields: takesTokens ? this.#replyFields : undefined,
      callers: this.#callers,
      count: this.#count,
    });
  }
}

interface AcceptedOptions {
  readonly schemes: readonly Scheme[];
  readonly revocations: RevocationList | undefined;
  readonly failures: FailureBuckets | undefined;
  /** Whether each of them must hold, and not just one. */
  readonly all: boolean;
  readonly anonymous: boolean;
  readonly credentialHeaders: ReadonlySet<string>;
  readonly callers: CallerTokens | undefined;
  readonly replyFields: ReplyFieldsOf | undefined;
  readonly count: (value: number, scheme: string, outcome: string) => void;
}

class AcceptedSchemes implements RouteAuthenticator {
  readonly credentialHeaders: ReadonlySet<string>;
  readonly replyFields: ReplyFieldsOf | undefined;
  readonly #schemes: readonly Scheme[];
  readonly #revocations: RevocationList | undefined;
  readonly #failures: FailureBuckets | undefined;
  readonly #all: boolean;
  readonly #anonymous: boolean;
  readonly #callers: CallerTokens | undefined;
  readonly #count: AcceptedOptions['count'];

  constructor(options: AcceptedOptions) {
    this.credentialHeaders = options.credentialHeaders;
    this.replyFields = options.replyFields;
    this.#schemes = options.schemes;
    this.#revocations = options.revocations;
    this.#failures = options.failures;
    this.#all = options.all;
    this.#anonymous = options.anonymous;
    this.#callers = options.callers;
    this.#count = options.count;
  }

  identify(request: Presented): Identity | undefined | Promise<Identity | undefined> {
    const flood = this.#failures?.refusal(request.client.address);
    if (flood && isGuess(this.#schemes, request)) throw flood;
    let identity: Identity | undefined;
    for (let i = 0; i < this.#schemes.length; i += 1) {
      const scheme = this.#schemes[i];
      if (!scheme) continue;
      let found: Identity | undefined | Promise<Identity | undefined>;
      try {
        found = this.#ask(scheme, request);
      } catch (error) {
        throw this.#refused(scheme.name, error, request);
      }
      if (found instanceof Promise) return this.#continue(request, identity, found, i);
      if (found) identity = this.#join(identity, found, scheme.name, request);
      else if (this.#all) throw this.#missing(request);
    }
    return this.#conclude(identity, request);
  }

  carries(headers: Presented['headers']): boolean {
    return this.#schemes.some((scheme) => scheme.carries?.(headers) === true);
  }

  challenges(error?: string, scope?: string, client?: ClientInfo): [name: string, value: string][] {
    // Two schemes that read one field may say the same.
    const values = new Set(this.#schemes.flatMap((scheme) => scheme.challenges(error, scope, client)));
    return [...values].map((value) => ['www-authenticate', value]);
  }

  async #continue(
    request: Presented,
    before: Identity | undefined,
    pending: Promise<Identity | undefined>,
    at: number,
  ): Promise<Identity | undefined> {
    let identity = before;
    for (let i = at; i < this.#schemes.length; i += 1) {
      const scheme = this.#schemes[i];
      if (!scheme) continue;
      let found: Identity | undefined;
      try {
        found = await (i === at ? pending : this.#ask(scheme, request));
      } catch (error) {
        throw this.#refused(scheme.name, error, request);
      }
      if (found) identity = this.#join(identity, found, scheme.name, request);
      else if (this.#all) throw this.#missing(request);
    }
    return this.#conclude(identity, request);
  }

  /** Who asks by this scheme, unless that is revoked. */
  #ask(scheme: Scheme, request: Presented): Identity | undefined | Promise<Identity | undefined> {
    const found = scheme.identify(request);
    if (found instanceof Promise) return found.then((identity) => identity && this.#unlessRevoked(identity));
    return found && this.#unlessRevoked(found);
  }

  #unlessRevoked(identity: Identity): Identity | Promise<Identity> {
    const revoked = this.#revocations?.isRevoked(identity) ?? false;
    if (revoked === false) return identity;
    const refused = () => outdatedCredentials(`the credential of ${identity.scheme} is revoked`);
    if (revoked === true) throw refused();
    return revoked.then((answer) => {
      if (answer) throw refused();
      return identity;
    });
  }

  /** Both are one: of one consumer, for as long as both hold. */
  #join(first: Identity | undefined, second: Identity, scheme: SchemeName, request: Presented): Identity {
    if (!first) return second;
    const isAnother = second.consumer !== undefined && second.consumer !== first.consumer;
    if (isAnother && first.consumer !== undefined) {
      const error = invalidCredentials('two credentials name different consumers');
      throw this.#refused(scheme, error, request);
    }
    const both = joinIdentities(first, second);
    return this.#callers?.join(first, second, both) ?? both;
  }

  #conclude(identity: Identity | undefined, request: Presented): Identity | undefined {
    if (identity) {
      this.#count(1, identity.scheme, 'ok');
      return identity;
    }
    if (!this.#anonymous) throw this.#missing(request);
    this.#count(1, 'none', 'ok');
    return undefined;
  }

  #missing({ client }: Presented): FrontdeskError {
    this.#count(1, 'none', 'missing');
    const headers = this.challenges(undefined, undefined, client);
    return new FrontdeskError('unauthenticated', { headers, members: this.#members() });
  }

  #refused(scheme: SchemeName, error: unknown, { client }: Presented): unknown {
    this.#count(1, scheme, 'refused');
    if (!(error instanceof FrontdeskError) || error.code !== 'invalid_credentials') return error;
    if (!isOutdated(error)) this.#failures?.fail(client.address);
    return new FrontdeskError('invalid_credentials', {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      headers: [
        ...error.headers,
        ...this.challenges(challengeOf(error), undefined, client),
        ...this.#staleFields(scheme),
      ],
      members: this.#members(),
    });
  }

  #members(): Readonly<Record<string, unknown>> {
    return Object.assign({}, ...this.#schemes.map((scheme) => scheme.refusalMembers));
  }

  #staleFields(name: SchemeName): NonNullable<Scheme['staleFields']> {
    return this.#schemes.find((scheme) => scheme.name === name)?.staleFields ?? [];
  }
}
