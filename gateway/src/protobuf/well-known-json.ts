/**
 * The texts by which JSON has the well-known types (protobuf.dev/programming-guides/json): Timestamp as RFC 3339,
 * Duration as seconds, FieldMask as camelCase paths. What JSON could not say again the same way is refused.
 */
import { ProtoJsonError } from './json-error.ts';

/** A count of seconds and the nanoseconds beyond it. */
export interface Seconds {
  readonly seconds: bigint;
  readonly nanos: number;
}

const NANOS = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;
/** Ten thousand years. */
const MAX_DURATION_S = 315_576_000_000n;

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

export function parseTimestamp(json: unknown): Seconds {
  const match = typeof json === 'string' ? TIMESTAMP.exec(json) : null;
  const [, instant = '', fraction = '', zone = ''] = match ?? [];
  const ms = Date.parse(instant + zone);
  const day = Number(instant.slice(8, 10));
  // `Date.parse` takes the 31st of February for the 3rd of March.
  const isRealDay = new Date(`${instant.slice(0, 10)}T00:00:00Z`).getUTCDate() === day;
  if (!match || Number.isNaN(ms) || !isRealDay || instant.slice(11, 13) === '24') {
    throw new ProtoJsonError('expected a time such as 2026-01-31T12:00:00Z');
  }
  const seconds = BigInt(Math.floor(ms / 1000));
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
    throw new ProtoJsonError('expected a time from year 1 to 9999');
  return { seconds, nanos: Number(fraction.padEnd(9, '0')) };
}

/** Throws `RangeError` for what is no time. */
export function formatTimestamp({ seconds, nanos }: Seconds): string {
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos >= NANOS) {
    throw new RangeError('a Timestamp is out of range');
  }
  const instant = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${instant}${fractionOf(nanos)}Z`;
}

export function parseDuration(json: unknown): Seconds {
  const match = typeof json === 'string' ? DURATION.exec(json) : null;
  if (!match) throw new ProtoJsonError('expected a duration such as 1.5s');
  const [, minus = '', whole = '0', fraction = ''] = match;
  const sign = minus === '-' ? -1 : 1;
  const seconds = BigInt(whole);
  if (seconds > MAX_DURATION_S) throw new ProtoJsonError('expected a duration of 10,000 years at most');
  return { seconds: seconds * BigInt(sign), nanos: Number(fraction.padEnd(9, '0')) * sign };
}

/** Throws `RangeError` for what is no duration. */
export function formatDuration({ seconds, nanos }: Seconds): string {
  const total = seconds * NANOS + BigInt(nanos);
  const isOdd = (seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0);
  if (isOdd || Math.abs(nanos) >= NANOS || abs(seconds) > MAX_DURATION_S) {
    throw new RangeError('a Duration is out of range');
  }
  return `${total < 0n ? '-' : ''}${abs(seconds)}${fractionOf(Math.abs(nanos))}s`;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** 0, 3, 6 or 9 digits, as many as are needed. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (nanos % 1_000_000 === 0) return `.${digits.slice(0, 3)}`;
  return nanos % 1000 === 0 ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

const MASK_JSON = /^[A-Za-z0-9.]*$/;
const MASK_PATH = /^[a-z0-9_.]*$/;

/** `userName,address.city` → `user_name`, `address.city`. */
export function parseFieldMask(json: unknown): string[] {
  if (typeof json !== 'string') throw new ProtoJsonError('expected field paths, joined by commas');
  if (json === '') return [];
  return json.split(',').map((path) => {
    if (path === '' || !MASK_JSON.test(path)) throw new ProtoJsonError('expected field paths in camelCase');
    return path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  });
}

/** Throws `RangeError` for a path that camelCase could not give back. */
export function formatFieldMask(paths: readonly string[]): string {
  return paths
    .map((path) => {
      if (!MASK_PATH.test(path) || /_([^a-z]|$)/.test(path)) {
        throw new RangeError('a FieldMask holds a path that JSON cannot say');
      }
      return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    })
    .join(',');
}
