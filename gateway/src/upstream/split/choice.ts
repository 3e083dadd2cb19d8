/**
 * Which side a call goes to: where its caller forces it, if it may; else by a hash of what it sticks by and of the split's name, so that
 * each gateway sends a caller to the same side and splits of different names part callers differently; else by chance.
 */
import { randomBytes } from 'node:crypto';
import type { Random } from '../../core/clock.ts';
import { type AffinityKey, type Asked, cookieOf, stickyValue } from '../balancing/affinity.ts';
import { hashPair, hashText, pointOf } from '../balancing/stable-hash.ts';
import type { ForceConfig, SplitConfig } from './config.ts';
import { sideAt } from './shares.ts';

export interface Choice {
  readonly side: number;
  readonly chosen: 'forced' | 'key' | 'random';
  /** The value of the cookie that the caller must be given to find its side again. */
  readonly cookie?: string;
}

export interface ChoiceOptions {
  readonly name: string;
  readonly config: SplitConfig;
  readonly shares: () => readonly number[];
  readonly random: Random;
}

export type Choose = (call: Asked) => Choice;

export function makeChoice({ name, config, shares, random }: ChoiceOptions): Choose {
  const salt = saltOf(name);
  const keys = keysOf(config);
  const sides = Object.keys(config.sides);
  const { force, cookie } = config;
  return (call) => {
    if (force) {
      const forced = forcedSide(force, sides, call);
      if (forced !== undefined) return { side: forced, chosen: 'forced' };
    }
    const own = sideOfKey(salt, keys, shares(), call);
    if (own) return { side: own.side, chosen: 'key' };
    if (!cookie) return { side: sideAt(shares(), random()), chosen: 'random' };
    const value = randomBytes(12).toString('base64url');
    return { side: sideOf(salt, value, shares()), chosen: 'random', cookie: value };
  };
}

/** What a caller may stick by, the cookie that it was given last. */
export function keysOf({ by, cookie }: Pick<SplitConfig, 'by' | 'cookie'>): readonly AffinityKey[] {
  const keys = by ?? [];
  return cookie ? [...keys, { from: 'cookie', name: cookie.name }] : keys;
}

/** Splits of different names part callers differently. */
export function saltOf(split: string): number {
  return hashText(split);
}

/** By the first key that a call has; `undefined` where it has none. */
export function sideOfKey(
  salt: number,
  keys: readonly AffinityKey[],
  shares: readonly number[],
  asked: Asked,
): { readonly side: number; readonly key: AffinityKey } | undefined {
  for (const key of keys) {
    const value = stickyValue(key, asked);
    if (value !== undefined && value !== '') return { side: sideOf(salt, value, shares), key };
  }
  return undefined;
}

function sideOf(salt: number, value: string, shares: readonly number[]): number {
  return sideAt(shares, pointOf(hashPair(salt, hashText(value))));
}

/** The side that a call names and may choose; an unknown one, or one without the right to it, is not heard. */
export function forcedSide(
  { header, cookie, values, scopes }: ForceConfig,
  sides: readonly string[],
  { headers, context }: Pick<Asked, 'headers' | 'context'>,
): number | undefined {
  const said =
    (header === undefined ? undefined : headers.get(header)) ??
    (cookie === undefined ? undefined : cookieOf(headers, cookie));
  if (said === undefined) return undefined;
  // What an object has by nature, such as `constructor`, is no side either.
  const named = values ? values[said] : said;
  const side = named === undefined ? -1 : sides.indexOf(named);
  if (side < 0) return undefined;
  const held = context.identity?.scopes;
  return scopes.every((scope) => held?.has(scope)) ? side : undefined;
}
