/**
 * A request as conditions of routes look at it. It is only made where a route with conditions is asked, and reads the
 * query and the cookies when somebody asks for one, once. A name that comes more than once has all its values, joined by
 * a comma and a space, as RFC 9110 §5.2 has it for fields: no condition on a text holds for two different texts.
 */
import type { HeaderFields } from '../core/headers.ts';

/** What of a request the route table looks at; an exchange is one. */
export interface RoutableRequest {
  readonly method: string;
  /** In canonical form, as is the path. */
  readonly host: string;
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
  readonly headers: HeaderFields;
  readonly client: { readonly scheme: string };
  /** The tenant's field, where it was taken away before the match because backends trust its name. */
  readonly statedTenant?: string | undefined;
}

export class RequestView {
  readonly request: RoutableRequest;
  #segments: readonly string[] | undefined;
  readonly #path: string;
  #query: ReadonlyMap<string, string> | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;
  readonly #derived = new Map<object, string | undefined>();

  /** `path` is the request's in matchable form. */
  constructor(request: RoutableRequest, path: string) {
    this.request = request;
    this.#path = path;
  }

  header(name: string): string | undefined {
    const { flat } = this.request.headers;
    let value: string | undefined;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) value = value === undefined ? flat[i + 1] : `${value}, ${flat[i + 1]}`;
    }
    return value;
  }

  /** Decoded, as forms are: `+` is a space. */
  queryParam(name: string): string | undefined {
    this.#query ??= parseQuery(this.request.query);
    return this.#query.get(name);
  }

  /** As it came, but without quotes around it (RFC 6265 §4.1.1). */
  cookie(name: string): string | undefined {
    this.#cookies ??= parseCookies(this.request.headers);
    return this.#cookies.get(name);
  }

  /** A segment of the path, decoded. */
  segment(index: number): string | undefined {
    this.#segments ??= this.#path.slice(1).split('/');
    const segment = this.#segments[index];
    return segment === undefined ? undefined : decoded(segment);
  }

  /** What `derive` says of this request, which it is asked once. */
  derived(derive: (view: RequestView) => string | undefined): string | undefined {
    if (this.#derived.has(derive)) return this.#derived.get(derive);
    const value = derive(this);
    this.#derived.set(derive, value);
    return value;
  }
}

function parseQuery(query: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  if (query === '') return params;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = formDecoded(equals < 0 ? pair : pair.slice(0, equals));
    append(params, name, equals < 0 ? '' : formDecoded(pair.slice(equals + 1)));
  }
  return params;
}

function parseCookies(headers: HeaderFields): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie') continue;
    for (const pair of (flat[i + 1] ?? '').split(';')) {
      const equals = pair.indexOf('=');
      if (equals < 0) continue;
      const value = pair.slice(equals + 1).trim();
      const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
      append(cookies, pair.slice(0, equals).trim(), isQuoted ? value.slice(1, -1) : value);
    }
  }
  return cookies;
}

function append(values: Map<string, string>, name: string, value: string): void {
  const before = values.get(name);
  values.set(name, before === undefined ? value : `${before}, ${value}`);
}

/** A name or value of a query, decoded; what is encoded wrongly stays as it came. */
export function formDecoded(text: string): string {
  return decoded(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
