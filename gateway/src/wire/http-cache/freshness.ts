/** How old a stored reply is and how long it may be used (RFC 9111 §4.2, RFC 5861, RFC 9213). */
import type { HeaderFields } from '../../core/headers.ts';
import { type Directive, parseDirectives, type ReplyDirectives, replyDirectives } from './directives.ts';
import { parseHttpDate } from './http-date.ts';
import { parseTargeted } from './targeted-field.ts';

export interface FreshnessRules {
  /** Targeted fields that speak to this cache, the most specific first; lower case. */
  readonly targeted: readonly string[];
  /** Share of the time since `Last-Modified` that a reply without a word of its own is fresh for. */
  readonly heuristicFraction: number;
  /** Longest heuristic lifetime, in seconds; 0 for none. */
  readonly heuristicMaxS: number;
  /** Seconds past its lifetime for which a reply that has one and says nothing of this may be used while it is fetched anew. */
  readonly staleWhileRevalidateS: number;
  /** Seconds past its lifetime for which a reply that says nothing of it may stand in for an error. */
  readonly staleIfErrorS: number;
}

export interface Timing {
  /** Wall clock when the request left, in milliseconds. */
  readonly requestAt: number;
  /** Wall clock when the head of the reply came. */
  readonly responseAt: number;
}

export interface Freshness {
  readonly directives: ReplyDirectives;
  /** Whether the reply itself says how long it is fresh. */
  readonly explicit: boolean;
  /** Seconds. */
  readonly lifetimeS: number;
  /** Seconds that the reply was old when it came (§4.2.3, corrected_initial_age). */
  readonly initialAgeS: number;
  /** Seconds past the lifetime; 0 where it must not be used stale (§4.2.4). */
  readonly staleWhileRevalidateS: number;
  readonly staleIfErrorS: number;
  /** It must not be used stale, whatever the request allows. */
  readonly neverStale: boolean;
}

/** RFC 9110 §15.1: replies with these may be given a lifetime by heuristics. */
const HEURISTIC_STATUS: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

export function isHeuristicStatus(status: number): boolean {
  return HEURISTIC_STATUS.has(status);
}

export function freshnessOf(
  status: number,
  headers: HeaderFields,
  timing: Timing,
  rules: FreshnessRules,
): Freshness {
  const targeted = targetedDirectives(headers, rules.targeted);
  const directives = replyDirectives(targeted ?? cacheControl(headers));
  const date = dateOf(headers, 'date', timing.responseAt) ?? timing.responseAt;
  const explicitS = explicitLifetime(directives, targeted ? undefined : headers, date, timing.responseAt);
  const lifetimeS = explicitS ?? heuristicLifetime(status, headers, directives, date, timing, rules);
  const { noCache, mustRevalidate, proxyRevalidate, sMaxage } = directives;
  const neverStale = noCache === true || mustRevalidate || proxyRevalidate || sMaxage !== undefined;
  const { staleWhileRevalidate, staleIfError } = directives;
  // Who says nothing at all of caches has not said either that its replies may be used unasked.
  const isGranted = explicitS !== undefined || lifetimeS > 0;
  const grantedS = isGranted ? rules.staleWhileRevalidateS : 0;
  return {
    directives,
    explicit: explicitS !== undefined,
    lifetimeS,
    initialAgeS: initialAge(headers, date, timing),
    staleWhileRevalidateS: neverStale ? 0 : (staleWhileRevalidate ?? grantedS),
    staleIfErrorS: neverStale ? 0 : (staleIfError ?? rules.staleIfErrorS),
    neverStale,
  };
}

/** Seconds since the backend made or confirmed the reply (§4.2.3, current_age). */
export function currentAge({ initialAgeS }: Freshness, { responseAt }: Timing, nowMs: number): number {
  return initialAgeS + Math.max(0, nowMs - responseAt) / 1000;
}

function cacheControl(headers: HeaderFields): Directive[] {
  if (!headers.has('cache-control')) {
    // §5.4 gives `Pragma` no meaning in replies; who writes it there means no-cache, and nothing is lost by minding it.
    return headers.get('pragma')?.toLowerCase() === 'no-cache'
      ? [{ name: 'no-cache', argument: undefined }]
      : [];
  }
  return parseDirectives(headers.getAll('cache-control').join(','));
}

function targetedDirectives(headers: HeaderFields, names: readonly string[]): Directive[] | undefined {
  for (const name of names) {
    if (!headers.has(name)) continue;
    const directives = parseTargeted(headers.getAll(name).join(','));
    if (directives) return directives;
  }
  return undefined;
}

/** §4.2.1, for a shared cache. `headers` is `undefined` where `Expires` does not count. */
function explicitLifetime(
  { sMaxage, maxAge }: ReplyDirectives,
  headers: HeaderFields | undefined,
  date: number,
  nowMs: number,
): number | undefined {
  if (sMaxage !== undefined) return sMaxage;
  if (maxAge !== undefined) return maxAge;
  if (!headers?.has('expires')) return undefined;
  // Two that disagree, or one that is no date, mean that it has expired (§5.3).
  if (headers.count('expires') > 1) return 0;
  const expires = dateOf(headers, 'expires', nowMs);
  return expires === undefined ? 0 : Math.max(0, (expires - date) / 1000);
}

/** §4.2.2. */
function heuristicLifetime(
  status: number,
  headers: HeaderFields,
  directives: ReplyDirectives,
  date: number,
  { responseAt }: Timing,
  rules: FreshnessRules,
): number {
  if (!HEURISTIC_STATUS.has(status) && !directives.public) return 0;
  const modified = dateOf(headers, 'last-modified', responseAt);
  if (modified === undefined || modified >= date) return 0;
  return Math.min(rules.heuristicMaxS, ((date - modified) / 1000) * rules.heuristicFraction);
}

/** §4.2.3, corrected_initial_age. */
function initialAge(headers: HeaderFields, date: number, { requestAt, responseAt }: Timing): number {
  const apparent = Math.max(0, responseAt - date) / 1000;
  const corrected = ageValue(headers) + Math.max(0, responseAt - requestAt) / 1000;
  return Math.max(apparent, corrected);
}

/** §5.1: of several values the first counts; what is no number of seconds counts for nothing. */
export function ageValue(headers: HeaderFields): number {
  const first = headers.get('age')?.split(',')[0]?.trim() ?? '';
  return /^\d{1,15}$/.test(first) ? Math.min(Number(first), 2 ** 31) : 0;
}

function dateOf(headers: HeaderFields, name: string, nowMs: number): number | undefined {
  const text = headers.get(name);
  return text === undefined ? undefined : parseHttpDate(text, nowMs);
}
