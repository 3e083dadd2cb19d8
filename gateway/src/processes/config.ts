/** `process`: how a process that the gateway runs is watched over. */
import { z } from 'zod';
import { durationMs } from '../settings/settings.ts';

const settings = z.strictObject({
  config: z
    .string()
    .min(1)
    .optional()
    .describe('Its configuration; frontdesk.yaml of the package by default'),
  env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'))
    .max(100)
    .optional()
    .describe(
      "Variables of the gateway's environment that it has, too. By default only what any program needs: PATH, HOME, TZ, LANG, NODE_* and the like",
    ),
  startWithin: durationMs.prefault('20s').describe('How long a start may take before it counts as failed'),
  heartbeat: durationMs
    .refine((ms) => ms >= 100 && ms <= 600_000, 'expected 100ms to 10m')
    .prefault('1s')
    .describe('How often it is asked whether it is still there'),
  silence: durationMs
    .refine((ms) => ms >= 500 && ms <= 3_600_000, 'expected 500ms to 1h')
    .prefault('5s')
    .describe('Silent for so long it hangs, as in an endless loop: it is killed and another takes its place'),
  backoff: durationMs
    .prefault('500ms')
    .describe('Wait before another start, doubled with each that fails soon'),
  maxBackoff: durationMs.prefault('30s').describe('Longest wait before another start'),
  drainWithin: durationMs
    .prefault('30s')
    .describe('How long one that was replaced may finish what it has begun'),
  memory: z
    .int()
    .min(64)
    .max(1_048_576)
    .optional()
    .describe("Most megabytes of its heap; by default V8's own limit. Beyond it dies, alone"),
});

export const processConfig = z.union([z.literal('own').transform(() => settings.parse({})), settings], {
  error: 'expected own, or settings such as { silence: 5s }',
});

export type ProcessConfig = z.output<typeof settings>;
