/**
 * The plainest way to count each algorithm: every draw is remembered for ever, and each decision is made from the whole
 * list anew. For tests that hold the real ones equal to it. Time never runs back here.
 */
import type { LimitSpec } from '../limiter.ts';

export interface PlainDraw {
  readonly atMs: number;
  readonly tokens: number;
}

/** Tokens that are left at an instant, after these draws in their order. */
export type PlainCount = (spec: LimitSpec, draws: readonly PlainDraw[], nowMs: number) => number;

const sum = (draws: readonly PlainDraw[]) => draws.reduce((total, { tokens }) => total + tokens, 0);

function tokenBucket(spec: LimitSpec, draws: readonly PlainDraw[], nowMs: number): number {
  let level = spec.capacity;
  let atMs = draws[0]?.atMs ?? nowMs;
  for (const draw of [...draws, { atMs: nowMs, tokens: 0 }]) {
    level = Math.min(spec.capacity, level + (draw.atMs - atMs) * spec.refillPerMs) - draw.tokens;
    atMs = draw.atMs;
  }
  return level;
}

/** A list of turns: each begins when it is asked for, or when the one before it is over. */
export function turnsOf(spec: LimitSpec, draws: readonly PlainDraw[]): number[] {
  let freeMs = Number.NEGATIVE_INFINITY;
  return draws.map(({ atMs, tokens }) => {
    const turn = Math.max(atMs, freeMs);
    freeMs = turn + tokens / spec.refillPerMs;
    return turn;
  });
}

function leakyBucket(spec: LimitSpec, draws: readonly PlainDraw[], nowMs: number): number {
  const last = draws.at(-1);
  if (!last) return spec.capacity;
  const freeMs = (turnsOf(spec, draws).at(-1) ?? 0) + last.tokens / spec.refillPerMs;
  return spec.capacity - Math.max(0, freeMs - nowMs) * spec.refillPerMs;
}

function windowOf(spec: LimitSpec, atMs: number): number {
  if (!('windowMs' in spec)) return 0;
  if ('period' in spec && spec.period === 'month') {
    const date = new Date(atMs);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  }
  return Math.floor(atMs / spec.windowMs);
}

function fixedWindow(spec: LimitSpec, draws: readonly PlainDraw[], nowMs: number): number {
  const window = windowOf(spec, nowMs);
  return spec.capacity - sum(draws.filter(({ atMs }) => windowOf(spec, atMs) === window));
}

function slidingWindow(spec: LimitSpec, draws: readonly PlainDraw[], nowMs: number): number {
  if (!('windowMs' in spec)) return 0;
  const window = windowOf(spec, nowMs);
  // Whole milliseconds before the division: what is left of a quotient of epoch times has only six digits.
  const over = (nowMs - window * spec.windowMs) / spec.windowMs;
  const previous = sum(draws.filter(({ atMs }) => windowOf(spec, atMs) === window - 1));
  return fixedWindow(spec, draws, nowMs) - previous * (1 - over);
}

function slidingLog(spec: LimitSpec, draws: readonly PlainDraw[], nowMs: number): number {
  if (!('windowMs' in spec)) return 0;
  return spec.capacity - sum(draws.filter(({ atMs }) => atMs > nowMs - spec.windowMs));
}

export const PLAIN_COUNTS = {
  'token-bucket': tokenBucket,
  'leaky-bucket': leakyBucket,
  'fixed-window': fixedWindow,
  'sliding-window': slidingWindow,
  'sliding-log': slidingLog,
} as const;

/** Several keys, counted plainly. */
export class PlainLimiter {
  readonly #draws = new Map<string, PlainDraw[]>();

  available(spec: LimitSpec, key: string, nowMs: number): number {
    return PLAIN_COUNTS[spec.algorithm ?? 'token-bucket'](spec, this.drawsOf(key), nowMs);
  }

  drawsOf(key: string): PlainDraw[] {
    let draws = this.#draws.get(key);
    if (!draws) {
      draws = [];
      this.#draws.set(key, draws);
    }
    return draws;
  }

  /** Draws from all or none. */
  take(limits: readonly { spec: LimitSpec; key: string }[], tokens: number, nowMs: number): boolean {
    const admitted = limits.every(({ spec, key }) => this.available(spec, key, nowMs) >= tokens - 1e-7);
    if (admitted && tokens > 0) for (const { key } of limits) this.drawsOf(key).push({ atMs: nowMs, tokens });
    return admitted;
  }
}
