/**
 * How a limit is told to clients: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, fields
 * in the syntax of RFC 9651), the `X-RateLimit-*` names that older clients read, and `Retry-After` (RFC 9110 §10.2.3)
 * for a refusal. All times are whole seconds from now, rounded up, so that who waits as told is never early;
 * `Retry-After` is never before `t`, as the draft asks.
 */
import type { HeaderFields } from '../core/headers.ts';

export interface QuotaPolicy {
  readonly name: string;
  readonly capacity: number;
  readonly refillPerMs: number;
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

/** Replaces what an answer says of limits by this quota's state. */
export function setRateLimitFields(headers: HeaderFields, quota: Quota): void {
  const text = policyText(quota.spec);
  const reset = `${resetS(quota)}`;
  headers.set('ratelimit', `${text.quoted};r=${quota.remaining};t=${reset}`);
  headers.set('ratelimit-policy', text.policy);
  headers.set('x-ratelimit-limit', text.limit);
  headers.set('x-ratelimit-remaining', `${quota.remaining}`);
  headers.set('x-ratelimit-reset', reset);
}

/** The same fields for an error that stands for a reply. */
export function rateLimitFields(quota: Quota): [name: string, value: string][] {
  const text = policyText(quota.spec);
  const reset = `${resetS(quota)}`;
  return [
    ['ratelimit', `${text.quoted};r=${quota.remaining};t=${reset}`],
    ['ratelimit-policy', text.policy],
    ['x-ratelimit-limit', text.limit],
    ['x-ratelimit-remaining', `${quota.remaining}`],
    ['x-ratelimit-reset', reset],
  ];
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
    text = { quoted, policy: `${quoted};q=${quota};w=${windowS}`, limit: `${quota}` };
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
