/**
 * Cache directives of requests and replies (RFC 9111 §5.2). Lists are read with their quoted strings, so that words in
 * a quoted argument are no directives. An argument that makes no sense makes its directive as strict as it can be: a
 * lifetime of nothing, never a longer one. Of two that disagree the stricter holds (§4.2.1).
 */

/** A directive with an optional list of field names: `true` without one, the names (lower case) with it. */
export type Qualified = boolean | readonly string[];

export interface ReplyDirectives {
  /** Seconds. */
  readonly maxAge: number | undefined;
  readonly sMaxage: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
  readonly noCache: Qualified;
  readonly private: Qualified;
  readonly noStore: boolean;
  readonly public: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly immutable: boolean;
}

export interface RequestDirectives {
  readonly maxAge: number | undefined;
  readonly minFresh: number | undefined;
  /** `Infinity` where it has no argument: however stale. */
  readonly maxStale: number | undefined;
  readonly staleIfError: number | undefined;
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
}

/** One member of the list: its name in lower case and its argument, unquoted. */
export interface Directive {
  readonly name: string;
  readonly argument: string | undefined;
}

/** RFC 9111 §1.2.2: what is larger is taken as this. */
const MAX_SECONDS = 2 ** 31;

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Reads `Cache-Control`, all its lines joined by commas. Members that are no directive are left out. */
export function parseDirectives(value: string): Directive[] {
  const found: Directive[] = [];
  let at = 0;
  while (at < value.length) {
    const end = memberEnd(value, at);
    const directive = parseMember(value.slice(at, end).trim());
    if (directive) found.push(directive);
    at = end + 1;
  }
  return found;
}

/** Where the member that begins at `from` ends: the next comma outside a quoted string. */
function memberEnd(value: string, from: number): number {
  let quoted = false;
  for (let i = from; i < value.length; i += 1) {
    const char = value[i];
    if (char === '\\' && quoted) i += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) return i;
  }
  return value.length;
}

function parseMember(member: string): Directive | undefined {
  const equals = member.indexOf('=');
  const name = (equals < 0 ? member : member.slice(0, equals)).toLowerCase();
  // A name with a space before its `=` is no token, so the member is no directive.
  if (!TOKEN.test(name)) return undefined;
  if (equals < 0) return { name, argument: undefined };
  return { name, argument: unquoted(member.slice(equals + 1)) };
}

function unquoted(argument: string): string {
  if (argument.length < 2 || !argument.startsWith('"') || !argument.endsWith('"')) return argument;
  return argument.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** Delta-seconds (§1.2.2); what is none counts as 0. */
function seconds(argument: string | undefined): number {
  if (argument === undefined || !/^\d+$/.test(argument)) return 0;
  return Math.min(Number(argument), MAX_SECONDS);
}

/** `undefined` where the directive is not there; of several the least. */
function least(directives: readonly Directive[], name: string): number | undefined {
  let found: number | undefined;
  for (const directive of directives) {
    if (directive.name !== name) continue;
    found = Math.min(found ?? MAX_SECONDS, seconds(directive.argument));
  }
  return found;
}

/**
 * `private="x"` and `no-cache="x"`. A list that names nothing, or is not written as field names are, may be anything, so
 * it holds for the whole reply.
 */
function qualified(directives: readonly Directive[], name: string): Qualified {
  let names: string[] | undefined;
  for (const directive of directives) {
    if (directive.name !== name) continue;
    const listed = fieldNames(directive.argument);
    if (!listed) return true;
    names = [...(names ?? []), ...listed];
  }
  return names ?? false;
}

function fieldNames(argument: string | undefined): string[] | undefined {
  if (argument === undefined || argument === '' || argument !== argument.trim()) return undefined;
  const names = argument.toLowerCase().split(/, */);
  return names.every((name) => TOKEN.test(name)) ? names : undefined;
}

export function replyDirectives(directives: readonly Directive[]): ReplyDirectives {
  const has = (name: string): boolean => directives.some((directive) => directive.name === name);
  return {
    maxAge: least(directives, 'max-age'),
    sMaxage: least(directives, 's-maxage'),
    staleWhileRevalidate: least(directives, 'stale-while-revalidate'),
    staleIfError: least(directives, 'stale-if-error'),
    noCache: qualified(directives, 'no-cache'),
    private: qualified(directives, 'private'),
    noStore: has('no-store'),
    public: has('public'),
    mustRevalidate: has('must-revalidate'),
    proxyRevalidate: has('proxy-revalidate'),
    mustUnderstand: has('must-understand'),
    immutable: has('immutable'),
  };
}

const NO_REQUEST_DIRECTIVES: RequestDirectives = {
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
  staleIfError: undefined,
  noCache: false,
  noStore: false,
  onlyIfCached: false,
};

const NO_CACHE: RequestDirectives = { ...NO_REQUEST_DIRECTIVES, noCache: true };

/** `pragma` counts only where there is no `Cache-Control` (§5.4). */
export function requestDirectives(
  cacheControl: string | undefined,
  pragma: string | undefined,
): RequestDirectives {
  if (cacheControl === undefined) {
    if (pragma === undefined) return NO_REQUEST_DIRECTIVES;
    return parseDirectives(pragma).some(({ name }) => name === 'no-cache') ? NO_CACHE : NO_REQUEST_DIRECTIVES;
  }
  const directives = parseDirectives(cacheControl);
  const has = (name: string): boolean => directives.some((directive) => directive.name === name);
  const anyStale = directives.some(({ name, argument }) => name === 'max-stale' && argument === undefined);
  return {
    maxAge: least(directives, 'max-age'),
    minFresh: least(directives, 'min-fresh'),
    maxStale: anyStale ? Number.POSITIVE_INFINITY : least(directives, 'max-stale'),
    staleIfError: least(directives, 'stale-if-error'),
    noCache: has('no-cache'),
    noStore: has('no-store'),
    onlyIfCached: has('only-if-cached'),
  };
}
