/** How the directive `@rateLimit` draws: from the token buckets of all other limits, which the handlers do not know. */

export interface FieldLimit {
  /** Most at once; also what comes back in the duration. */
  readonly capacity: number;
  readonly refillPerMs: number;
}

export interface FieldDraw {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until it may come again; 0 when allowed, Infinity where it never may. */
  readonly retryAfterMs: number;
}

/** Draws for one key, in parts. Never rejects. */
export type DrawField = (
  limit: FieldLimit,
  key: readonly string[],
  tokens: number,
) => FieldDraw | Promise<FieldDraw>;

/** The key of a caller's bucket; whose it is stands second, as in the keys of all limits. */
export function fieldKey(bff: string, parts: readonly string[]): string[] {
  return [`bff.${bff}.field`, ...parts];
}
