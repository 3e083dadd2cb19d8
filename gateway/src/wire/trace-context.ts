/**
 * Trace Context (W3C, level 1): reading and writing `traceparent` and `tracestate`, and making ids.
 * A field that is not exactly right is treated as absent: its trace begins anew (§4.3).
 */
import { randomFillSync } from 'node:crypto';
import type { TraceContext } from '../core/trace.ts';

/** Where ids come from; replaced in tests. */
export interface IdSource {
  /** 32 lower-case hex digits. */
  traceId(): string;
  /** 16 lower-case hex digits. */
  spanId(): string;
}

const POOL_BYTES = 16_384;

/**
 * Ids from the system's cryptographic source, drawn and written in pools: a system call for each would cost more than
 * the id, and so would its hex digits.
 */
export function makeIdSource(): IdSource {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let digits = '';
  let used = 0;
  const take = (count: number): string => {
    if (used + count > digits.length) {
      digits = randomFillSync(pool).toString('hex');
      used = 0;
    }
    used += count;
    return digits.slice(used - count, used);
  };
  return { traceId: () => take(32), spanId: () => take(16) };
}

export interface RemoteParent {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
}

const VERSION_00_LENGTH = 55;
const DASH = 0x2d;

/** The caller's position in its trace, or `undefined` where the value is not a valid `traceparent` (§3.2). */
export function parseTraceparent(value: string): RemoteParent | undefined {
  if (value.length < VERSION_00_LENGTH || !isHex(value, 0, 2) || !isHex(value, 53, 55)) return undefined;
  const version = value.slice(0, 2);
  if (version === 'ff') return undefined;
  if (value.length > VERSION_00_LENGTH) {
    // A later version may append fields behind a dash; version 00 may not.
    if (version === '00' || value.charCodeAt(VERSION_00_LENGTH) !== DASH) return undefined;
  }
  if (value.charCodeAt(2) !== DASH || value.charCodeAt(35) !== DASH || value.charCodeAt(52) !== DASH) {
    return undefined;
  }
  if (!isId(value, 3, 35) || !isId(value, 36, 52)) return undefined;
  return {
    traceId: value.slice(3, 35),
    parentId: value.slice(36, 52),
    sampled: (Number.parseInt(value.slice(53, 55), 16) & 1) === 1,
  };
}

/** The `traceparent` that names our own span as the parent. */
export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

const TRACESTATE_MAX_LENGTH = 512;
const TRACESTATE_MAX_MEMBERS = 32;
const MEMBER =
  /^[ \t]*(?:(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])?[ \t]*$/;

/** Whether `tracestate` may be passed on (§3.3): 32 members and 512 characters at most, each well formed, no key twice. */
export function isTracestate(value: string): boolean {
  if (value.length > TRACESTATE_MAX_LENGTH) return false;
  const members = value.split(',');
  if (members.length > TRACESTATE_MAX_MEMBERS) return false;
  const keys = new Set<string>();
  for (const member of members) {
    if (!MEMBER.test(member)) return false;
    const key = member.slice(0, member.indexOf('=')).trim();
    if (key === '') continue;
    if (keys.has(key)) return false;
    keys.add(key);
  }
  return keys.size > 0;
}

/** Lower-case hex digits only (§2.1: upper case makes the field invalid). */
function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false;
  }
  return true;
}

/** Hex digits that are not all zero. */
function isId(text: string, from: number, to: number): boolean {
  if (!isHex(text, from, to)) return false;
  for (let i = from; i < to; i += 1) if (text.charCodeAt(i) !== 0x30) return true;
  return false;
}
