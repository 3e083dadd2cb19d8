/** `auth.basic`: user names and passwords of the consumers. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

export const basicConfig = z.strictObject({
  allowPlain: z
    .boolean()
    .default(false)
    .describe('Takes passwords over connections without TLS too, where whoever is on the way can read them'),
  realm: z
    .string()
    .regex(/^[ !#-[\]-~]{1,64}$/, 'expected 1 to 64 printable characters without quotes and backslashes')
    .default('frontdesk')
    .describe('What clients show when they ask for a password'),
  cacheTtl: durationMs
    .refine((ms) => ms <= 600_000, 'expected at most 10m')
    .prefault('1m')
    .describe('How long a password that was good is not checked again; 0s for never'),
  maxConcurrent: z
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('Passwords that are checked at once, each in a thread of the pool, of which node has 4'),
  maxQueued: z.int().min(0).max(10_000).default(100).describe('Passwords that wait for it; more get 503'),
  maxPerAddress: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe('Of one address, those that are checked or wait; more get 429'),
});

export type BasicConfig = z.output<typeof basicConfig>;
