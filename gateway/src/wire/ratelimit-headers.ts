/**
 * How a limit is told to clients: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, fields
 * in the syntax of RFC 9651), the `X-RateLimit-*` names that older clients read, and `Retry-After` (RFC 9110 §10.2.3)
 * for a refusal. Several policies are told as lists, with the tightest of them in the `X-RateLimit-*`. All times are whole seconds from now, rounded up, so that who waits as told is never early;
 * `Retry-After` is never before `t`, as the draft asks.
 */
import type { HeaderFields } from '../core/headers.ts';

export interface QuotaPolicy {
  readonly name: string;
  readonly capacity: number;
  readonly refillPerMs: number;
  /** What is counted (`qu`) where that is no requests over time: then there is no window. */
  readonly unit?: 'concurrent-requests';
}

export interface Quota {
  readonly spec: QuotaPolicy;
  readonly allowed: boolean;
  /** Whole tokens left. */
  readonly remaining: number;
  readonly resetMs: number;
  /** 0 when allowed; Infinity where waiting never helps. */
  readonly retryAfterMs: number;
}

/** The parts that are the same for every reply under one policy. */
interface PolicyText {
  readonly policy: string;
  readonly quoted: string;
  readonly limit: string;
}

const policyTexts = new WeakMap<QuotaPolicy, PolicyText>();

/** Seconds after which a refused request may come again: at least 1; until the bucket is full where waiting never suffices. */
export function retryAfterS(quota: Quota): number {
  const ms = Number.isFinite(quota.retryAfterMs) ? quota.retryAfterMs : quota.resetMs;
  return Math.max(1, seconds(ms));
}

/** Replaces what an answer says of limits by these quotas' state: one at least. */
export function setRateLimitFields(headers: HeaderFields, quotas: readonly Quota[]): void {
  const [first] = quotas;
  if (!first) return;
  const tightest = quotas.length === 1 ? first : tightestOf(quotas, first);
  headers.set('ratelimit', stateText(quotas, first));
  headers.set('ratelimit-policy', policiesText(quotas, first));
  headers.set('x-ratelimit-limit', policyText(tightest.spec).limit);
  headers.set('x-ratelimit-remaining', `${tightest.remaining}`);
  headers.set('x-ratelimit-reset', `${resetS(tightest)}`);
}

/** The same fields for an error that stands for a reply. */
export function rateLimitFields(quotas: readonly Quota[]): [name: string, value: string][] {
  const [first] = quotas;
  if (!first) return [];
  const tightest = tightestOf(quotas, first);
  return [
    ['ratelimit', stateText(quotas, first)],
    ['ratelimit-policy', policiesText(quotas, first)],
    ['x-ratelimit-limit', policyText(tightest.spec).limit],
    ['x-ratelimit-remaining', `${tightest.remaining}`],
    ['x-ratelimit-reset', `${resetS(tightest)}`],
  ];
}

/** What refused, and of several the one that makes wait longest; else of which least is left. */
export function tightestOf<Told extends Quota>(quotas: readonly Told[], first: Told): Told {
  let tightest = first;
  for (let i = 1; i < quotas.length; i += 1) {
    const quota = quotas[i];
    if (quota && isTighter(quota, tightest)) tightest = quota;
  }
  return tightest;
}

function isTighter(one: Quota, other: Quota): boolean {
  if (one.allowed !== other.allowed) return other.allowed;
  if (!one.allowed) return retryAfterS(one) > retryAfterS(other);
  return one.remaining === other.remaining ? one.resetMs > other.resetMs : one.remaining < other.remaining;
}

function stateText(quotas: readonly Quota[], first: Quota): string {
  let text = stateItem(first);
  for (let i = 1; i < quotas.length; i += 1) {
    const quota = quotas[i];
    if (quota) text += `, ${stateItem(quota)}`;
  }
  return text;
}

function stateItem(quota: Quota): string {
  const { quoted } = policyText(quota.spec);
  const item = `${quoted};r=${quota.remaining}`;
  return quota.spec.unit === undefined ? `${item};t=${resetS(quota)}` : item;
}

function policiesText(quotas: readonly Quota[], first: Quota): string {
  let text = policyText(first.spec).policy;
  for (let i = 1; i < quotas.length; i += 1) {
    const quota = quotas[i];
    if (quota) text += `, ${policyText(quota.spec).policy}`;
  }
  return text;
}

/** For a refusal the time until it may come again, otherwise until the quota is whole. */
function resetS(quota: Quota): number {
  return quota.allowed ? seconds(quota.resetMs) : retryAfterS(quota);
}

function policyText(spec: QuotaPolicy): PolicyText {
  let text = policyTexts.get(spec);
  if (!text) {
    const quoted = sfString(spec.name);
    const quota = Math.floor(spec.capacity);
    const windowS = Math.max(1, seconds(spec.capacity / spec.refillPerMs));
    const over = spec.unit === undefined ? `w=${windowS}` : `qu="${spec.unit}"`;
    text = { quoted, policy: `${quoted};q=${quota};${over}`, limit: `${quota}` };
    policyTexts.set(spec, text);
  }
  return text;
}

/** An sf-string (RFC 9651 §4.1.6); what it cannot hold becomes `?`. */
export function sfString(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const code = char.charCodeAt(0);
    if (code < 0x20 || code > 0x7e) quoted += '?';
    else quoted += char === '"' || char === '\\' ? `\\${char}` : char;
  }
  return `${quoted}"`;
}

/** Rounded up; a fraction of a microsecond, which sums of fractions leave behind, is no second more. */
function seconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1000 - 1e-9));
}
