/**
 * A new endpoint has cold caches and connections still to open: for a while it gets a growing part of its share.
 * It begins when the endpoint joins others that were there before, or comes back from being ill; endpoints that are
 * all new have nobody to lean on and start with their whole share.
 */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

const slowStartSettings = z.strictObject({
  for: durationMs.describe('How long until it has its whole share'),
  aggression: z
    .number()
    .min(0.1)
    .max(10)
    .default(1)
    .describe('1 grows evenly; more is faster at first, less is slower at first'),
  from: z.number().min(0.01).max(1).default(0.1).describe('The part of its share that it starts with'),
});

export type SlowStart = z.output<typeof slowStartSettings>;

export const slowStartConfig = z
  .union(
    [durationMs.transform((ms): SlowStart => ({ for: ms, aggression: 1, from: 0.1 })), slowStartSettings],
    { error: 'expected a duration such as 30s, or an object with for, aggression and from' },
  )
  .refine((settings) => settings.for > 0, 'expected more than 0s');

/** The part of its share that an endpoint has `ageMs` after it came. */
export function slowStartFactor({ for: windowMs, aggression, from }: SlowStart, ageMs: number): number {
  if (ageMs >= windowMs) return 1;
  const grown = (Math.max(0, ageMs) / windowMs) ** (1 / aggression);
  return Math.max(from, grown);
}
