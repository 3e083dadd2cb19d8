/**
 * What expressions see of a request: `identity`, `request`, `client` and `now`, and nothing else. What costs something
 * (maps of fields and parameters) is made when an expression first asks for it. A credential is never among it.
 */
import type { CallContext, Exchange } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';

/** Whatever asks: a request, or (for a field of the graph) the call on whose behalf it is asked for. */
export type PolicyInput = Pick<CallContext, 'identity' | 'client' | 'host'> &
  Partial<Pick<Exchange, 'method' | 'path' | 'query' | 'headers' | 'route'>>;

/** Fields that carry credentials, whatever a route accepts. */
const CREDENTIAL_FIELDS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'dpop',
  'x-forwarded-client-cert',
];

export function hiddenFields(more: readonly string[]): ReadonlySet<string> {
  return new Set([...CREDENTIAL_FIELDS, ...more]);
}

/** Claims may hold this many values, nested ones included, and this much text; of more a policy knows nothing. */
export const MAX_CLAIM_VALUES = 1000;
export const MAX_CLAIM_CHARS = 32_768;

/** Why an expression cannot see what it asks for. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const NO_CLAIMS: Readonly<Record<string, unknown>> = Object.freeze({});
const NO_SCOPES: ReadonlySet<string> = new Set();
const NO_ROLES: readonly string[] = [];
/** Claims that were found to be within bounds: an identity is kept and asks often. */
const bounded = new WeakSet<object>();

/** `identity`. What is not there has no value: asking for it is an error, and `has(identity.tenant)` is false. */
export class IdentityInput {
  readonly #identity: Identity | undefined;

  constructor(identity: Identity | undefined) {
    this.#identity = identity;
  }

  get anonymous(): boolean {
    return this.#identity === undefined;
  }

  get subject(): string | undefined {
    return this.#identity?.subject;
  }

  get consumer(): string | undefined {
    return this.#identity?.consumer;
  }

  get tenant(): string | undefined {
    return this.#identity?.tenant;
  }

  get plan(): string | undefined {
    return this.#identity?.plan;
  }

  get scheme(): string | undefined {
    return this.#identity?.scheme;
  }

  get scopes(): ReadonlySet<string> {
    return this.#identity?.scopes ?? NO_SCOPES;
  }

  get roles(): readonly string[] {
    return this.#identity?.roles ?? NO_ROLES;
  }

  get claims(): Readonly<Record<string, unknown>> {
    const claims = this.#identity?.claims ?? NO_CLAIMS;
    if (!bounded.has(claims)) {
      if (!isBounded(claims)) throw new InputError('the claims are too many for a policy');
      bounded.add(claims);
    }
    return claims;
  }
}

function isBounded(claims: object): boolean {
  let values = 0;
  let chars = 0;
  const waiting: unknown[] = [claims];
  while (waiting.length > 0) {
    const value = waiting.pop();
    values += 1;
    if (typeof value === 'string') chars += value.length;
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        chars += key.length;
        waiting.push(inner);
      }
    }
    if (values + waiting.length > MAX_CLAIM_VALUES || chars > MAX_CLAIM_CHARS) return false;
  }
  return true;
}

/** `request`. */
export class RequestInput {
  readonly #input: PolicyInput;
  readonly #hidden: ReadonlySet<string>;

  constructor(input: PolicyInput, hidden: ReadonlySet<string>) {
    this.#input = input;
    this.#hidden = hidden;
  }

  get method(): string | undefined {
    return this.#input.method;
  }

  get path(): string | undefined {
    return this.#input.path;
  }

  get host(): string | undefined {
    return this.#input.host;
  }

  /** Of the route's template, decoded. */
  get params(): ReadonlyMap<string, string> {
    const params = new Map<string, string>();
    for (const [name, value] of Object.entries(this.#input.route?.params ?? {}))
      params.set(name, decoded(value));
    return params;
  }

  /** Several values of one name are one text with commas, so that none is overlooked. */
  get query(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [name, value] of new URLSearchParams(this.#input.query ?? '')) add(found, name, value, ',');
    return found;
  }

  /** By lower-case name; several fields of one name as RFC 9110 §5.3 joins them. */
  get headers(): ReadonlyMap<string, string> {
    return visibleHeaders(this.#input.headers, this.#hidden);
  }
}

export function visibleHeaders(
  headers: HeaderFields | undefined,
  hidden: ReadonlySet<string>,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of headers ?? []) if (!hidden.has(name)) add(found, name, value, ', ');
  return found;
}

function add(map: Map<string, string>, name: string, value: string, separator: string): void {
  const before = map.get(name);
  map.set(name, before === undefined ? value : before + separator + value);
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `client`. */
export class ClientInput {
  readonly #input: PolicyInput;

  constructor(input: PolicyInput) {
    this.#input = input;
  }

  get address(): string | undefined {
    return this.#input.client?.address;
  }
}

/** The variables of an expression. */
export class PolicyScope {
  readonly #input: PolicyInput;
  readonly #hidden: ReadonlySet<string>;
  /** Wall clock, ms. */
  readonly #wall: number;

  constructor(input: PolicyInput, hidden: ReadonlySet<string>, wall: number) {
    this.#input = input;
    this.#hidden = hidden;
    this.#wall = wall;
  }

  get identity(): IdentityInput {
    return new IdentityInput(this.#input.identity);
  }

  get request(): RequestInput {
    return new RequestInput(this.#input, this.#hidden);
  }

  get client(): ClientInput {
    return new ClientInput(this.#input);
  }

  get now(): Date {
    return new Date(this.#wall);
  }
}
