/**
 * Bearer tokens that only their issuer can read: it is asked about them (RFC 7662). Never about a token that has the form
 * of a JWT of an issuer whose keys we have: that is judged here, and not shown to anybody (RFC 8725 §3.8 holds for whoever
 * answers, too).
 */
import { hash } from 'node:crypto';
import type { Identity } from '../../core/identity.ts';
import type { ConsumerIndex } from '../consumers/consumers.ts';
import type { BearerTokens } from '../jwt/bearer.ts';
import { identityOf } from '../jwt/identity-of.ts';
import type { VerifiedToken } from '../jwt/verified-tokens.ts';
import { invalidCredentials } from '../refusal.ts';
import type { SchemeName } from '../route-auth.ts';
import type { Presented, Scheme } from '../scheme.ts';
import type { IntrospectedTokens } from './introspected-tokens.ts';
import type { IntrospectionConfig } from './introspection-config.ts';

export interface IntrospectionSchemeOptions {
  readonly config: Pick<IntrospectionConfig, 'claims' | 'maxTokenBytes'>;
  readonly tokens: IntrospectedTokens;
  readonly bearer: BearerTokens;
  readonly consumers: ConsumerIndex;
  /** Whether a token has the form of a JWT of a configured issuer. */
  readonly isOfIssuer: (token: string) => boolean;
}

export class IntrospectionScheme implements Scheme {
  readonly name = 'introspection';
  readonly credentialHeaders: readonly string[];
  readonly #options: IntrospectionSchemeOptions;
  /** Whether `jwt` takes tokens of configured issuers on this route. */
  readonly #besideJwt: boolean;

  constructor(options: IntrospectionSchemeOptions, besideJwt = false) {
    this.#options = options;
    this.credentialHeaders = options.bearer.fields;
    this.#besideJwt = besideJwt;
  }

  among(accepted: readonly SchemeName[]): IntrospectionScheme {
    return accepted.includes('jwt') ? new IntrospectionScheme(this.#options, true) : this;
  }

  identify(request: Presented): Identity | undefined | Promise<Identity> {
    const { bearer, config, tokens, isOfIssuer } = this.#options;
    const token = bearer.read(request.headers);
    if (token === undefined) return undefined;
    if (token.length > config.maxTokenBytes) {
      if (this.#besideJwt && isOfIssuer(token)) return undefined;
      throw invalidCredentials('the token is too long');
    }
    if (isOfIssuer(token)) {
      if (this.#besideJwt) return undefined;
      throw invalidCredentials('a JWT of a configured issuer is not introspected');
    }
    if (!isToken68(token)) throw invalidCredentials('not the form of a token');
    const digest = hash('sha256', token, 'base64url');
    const known = tokens.known(digest);
    return known ? this.#admit(known, token, digest, request) : this.#ask(token, digest, request);
  }

  knows({ headers }: Presented): boolean {
    const { bearer, config, tokens } = this.#options;
    const token = bearer.peek(headers);
    if (token === undefined || token.length > config.maxTokenBytes) return false;
    return tokens.remembers(hash('sha256', token, 'base64url'));
  }

  challenges(error?: string, scope?: string): readonly string[] {
    return this.#options.bearer.challenges(error, scope);
  }

  async #ask(token: string, digest: string, request: Presented): Promise<Identity> {
    return this.#admit(await this.#options.tokens.ask(token, digest), token, digest, request);
  }

  #admit(
    known: VerifiedToken,
    token: string,
    digest: string,
    request: Presented,
  ): Identity | Promise<Identity> {
    const { bearer, consumers, config, tokens } = this.#options;
    const { stamp } = consumers;
    if (!known.identity || known.madeFor !== stamp) {
      const reading = { scheme: this.name, names: config.claims, consumers } as const;
      const identity = identityOf(known.claims, known.expiresAt, reading);
      known.identity = { ...identity, holds: tokens.whileOpen(token, digest) };
      known.madeFor = stamp;
    }
    return bearer.admit(known.identity, token, request);
  }
}

/** RFC 6750 §2.1: letters, digits, `-._~+/`, and `=` at the end. */
function isToken68(text: string): boolean {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x3d) end -= 1;
  if (end === 0) return false;
  for (let i = 0; i < end; i += 1) {
    const code = text.charCodeAt(i);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isLetter && !isDigit && !SYMBOLS.includes(code)) return false;
  }
  return true;
}

const SYMBOLS: readonly number[] = [...'-._~+/'].map((char) => char.charCodeAt(0));
