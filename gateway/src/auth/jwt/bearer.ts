/**
 * The token of a request and what must be proven beside it. Tokens are read from the `Authorization` field alone (RFC 6750
 * §2.1): one in the URL or in a body is none (RFC 9700 §4.3.2). A token with `cnf` (RFC 7800 §3) is bound to whoever can
 * prove something: each member of it must be known here and proven, or the token is refused. It never passes as a plain
 * bearer token because nobody looked.
 */
import type { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { invalidCredentials } from '../refusal.ts';
import type { Presented } from '../scheme.ts';
import type { CallerTokens } from '../to-backends/caller-tokens.ts';

const BEARER = 'bearer';

export interface BoundToken {
  readonly token: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the member of `cnf` says: a thumbprint, in what is known today. From a verified token, but of any type. */
  readonly value: unknown;
}

/** One way of binding a token to its holder. */
export interface Confirmation {
  /** The member of `cnf` that it proves: `x5t#S256` (RFC 8705), `jkt` (RFC 9449). */
  readonly member: string;
  /**
   * The authorization scheme, in lower case, under which tokens that are bound so are presented, and no others:
   * `dpop`. `undefined` where they come as bearer tokens.
   */
  readonly authorization?: string;
  /** The request fields that carry what proves it, in lower case; none by default. */
  readonly fields?: readonly string[];
  /** Whether every token must be bound so. */
  readonly required?: boolean;
  /** Values of `error` that its own challenges alone may state. */
  readonly ownErrors?: readonly string[];
  /** Throws (or rejects with) `invalid_credentials` where the request does not prove it. */
  confirm(bound: BoundToken, request: Presented): Promise<void> | undefined;
  /** Further values of `WWW-Authenticate`. */
  challenges?(error?: string, scope?: string): readonly string[];
}

export class BearerTokens {
  readonly #confirmations: readonly Confirmation[];
  /** In lower case, each with its space. */
  readonly #prefixes: readonly string[];
  /** Members that every `cnf` must have. */
  readonly #required: readonly string[];
  /** The request fields that carry tokens and what proves them, in lower case. */
  readonly fields: readonly string[];

  readonly #callers: CallerTokens | undefined;

  /**
   * With the ways in which tokens may be bound; tokens that are bound in another way are refused. `callers` keeps those that
   * are good, where some upstream has them exchanged.
   */
  constructor(confirmations: readonly Confirmation[] = [], callers?: CallerTokens) {
    this.#callers = callers;
    this.#confirmations = confirmations;
    const own = confirmations.flatMap(({ authorization }) =>
      authorization === undefined ? [] : authorization,
    );
    this.#prefixes = [BEARER, ...own].map((scheme) => `${scheme} `);
    this.#required = confirmations.filter(({ required }) => required).map(({ member }) => member);
    this.fields = ['authorization', ...confirmations.flatMap(({ fields }) => fields ?? [])];
  }

  /** The token; `undefined` where there is none of a scheme that is known. Throws where there is more than one field. */
  read(headers: HeaderFields): string | undefined {
    const field = headers.get('authorization');
    if (field === undefined) return undefined;
    const prefix = this.#prefixOf(field);
    if (prefix === undefined) return undefined;
    if (headers.count('authorization') > 1) throw invalidCredentials('more than one authorization field');
    return field.slice(prefix.length).trim();
  }

  /** As `read`, but there is none, rather than a refusal, where there is more than one field. */
  peek(headers: HeaderFields): string | undefined {
    return headers.count('authorization') === 1 ? this.read(headers) : undefined;
  }

  /** What is asked on every use of a token that is good: is proven what it is bound to? At once for plain bearer tokens. */
  admit(identity: Identity, token: string, request: Presented): Identity | Promise<Identity> {
    this.#callers?.keep(identity, token);
    if (identity.claims.cnf === undefined && this.#prefixes.length === 1) return identity;
    const proving = this.#prove(token, identity.claims, request);
    return proving ? proving.then(() => identity) : identity;
  }

  /** Throws or rejects with `invalid_credentials` unless everything that the token is bound to is proven. */
  #prove(
    token: string,
    claims: Readonly<Record<string, unknown>>,
    request: Presented,
  ): Promise<void> | undefined {
    const scheme = this.#prefixOf(request.headers.get('authorization') ?? '')?.trimEnd();
    const { cnf } = claims;
    if (cnf === undefined) {
      if (this.#required.length > 0) throw invalidCredentials('the token is not bound');
      if (scheme !== BEARER) throw invalidCredentials('a token that is not bound comes as a bearer token');
      return undefined;
    }
    if (!isRecord(cnf)) throw invalidCredentials('cnf is no object');
    const members = Object.keys(cnf);
    if (members.length === 0) throw invalidCredentials('cnf is empty');
    for (const member of this.#required)
      if (!members.includes(member)) throw invalidCredentials(`the token is not bound by ${member}`);
    const asked = members.map((member) => {
      const confirmation = this.#confirmations.find((known) => known.member === member);
      if (!confirmation) throw invalidCredentials('the token is bound in a way that is not proven here');
      return confirmation;
    });
    const expected = asked.find((one) => one.authorization !== undefined)?.authorization ?? BEARER;
    if (scheme !== expected) throw invalidCredentials(`a token that is bound so comes under ${expected}`);
    return this.#confirm(asked, token, claims, cnf, request);
  }

  challenges(error?: string, scope?: string): readonly string[] {
    const own = this.#confirmations.flatMap((one) => one.challenges?.(error, scope) ?? []);
    // A plain token would not do.
    if (this.#required.length > 0 && own.length > 0) return own;
    let text = 'Bearer realm="frontdesk"';
    const isOwn = this.#confirmations.some(({ ownErrors }) => ownErrors?.includes(error ?? ''));
    if (error !== undefined && !isOwn) text += `, error="${error}"`;
    if (scope !== undefined) text += `, scope="${scope}"`;
    return [text, ...own];
  }

  /** One after the other: a proof that can be used once is not used up for a token that another refuses. */
  #confirm(
    asked: readonly Confirmation[],
    token: string,
    claims: Readonly<Record<string, unknown>>,
    cnf: Readonly<Record<string, unknown>>,
    request: Presented,
  ): Promise<void> | undefined {
    for (const [i, confirmation] of asked.entries()) {
      const proven = confirmation.confirm({ token, claims, value: cnf[confirmation.member] }, request);
      if (proven) return proven.then(() => this.#confirm(asked.slice(i + 1), token, claims, cnf, request));
    }
    return undefined;
  }

  #prefixOf(field: string): string | undefined {
    for (const prefix of this.#prefixes) {
      if (field.length > prefix.length && field.slice(0, prefix.length).toLowerCase() === prefix)
        return prefix;
    }
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
