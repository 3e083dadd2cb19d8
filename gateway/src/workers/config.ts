/** The `workers` fragment: how many processes serve, and how the one that keeps them watches over them. */
import { z } from 'zod';
import type { ProcessConfig } from '../processes/config.ts';
import { durationMs } from '../settings/settings.ts';

const MAX_WORKERS = 256;

const count = z.union([z.literal('auto'), z.int().min(1).max(MAX_WORKERS)]);

const settings = z.strictObject({
  count: count.default('auto').describe('Processes that serve; `auto` is one for each CPU that we may use'),
  startWithin: durationMs.prefault('60s').describe('How long a start may take before it counts as failed'),
  heartbeat: durationMs
    .refine((ms) => ms >= 100 && ms <= 60_000, 'expected 100ms to 1m')
    .prefault('500ms')
    .describe('How often a worker is asked whether it is still there'),
  silence: durationMs
    .refine((ms) => ms >= 500 && ms <= 600_000, 'expected 500ms to 10m')
    .prefault('5s')
    .describe('Silent for so long it hangs, as in an endless loop: it is killed and another takes its place'),
  backoff: durationMs
    .prefault('100ms')
    .describe('Wait before another start, doubled with each worker that ends soon'),
  maxBackoff: durationMs.prefault('10s').describe('Longest wait before another start'),
  spare: z
    .int()
    .min(0)
    .max(8)
    .default(0)
    .describe(
      'Processes that have loaded the program and wait: one takes the place of a worker that dies at once. Each costs its memory',
    ),
  memory: z
    .int()
    .min(64)
    .max(1_048_576)
    .optional()
    .describe("Most megabytes of a worker's heap; by default V8's own limit. Beyond it dies, alone"),
  waiting: z
    .int()
    .min(0)
    .max(65_536)
    .default(1_024)
    .describe('Connections that may wait while no worker takes any; more are closed'),
  waitLimit: durationMs
    .prefault('10s')
    .describe('How long a connection waits for a worker before it is closed'),
});

export const workersConfig = z.union([count, settings]).default(1);

export type WorkersConfig = z.output<typeof workersConfig>;
export type WorkerSettings = z.output<typeof settings>;

/** The settings, where the configuration says a number alone too. */
export function workerSettings(workers: WorkersConfig): WorkerSettings {
  return typeof workers === 'object' ? workers : settings.parse({ count: workers });
}

/** The same settings for another number of workers. */
export function withCount(workers: WorkersConfig, asked: WorkerSettings['count']): WorkersConfig {
  return typeof workers === 'object' ? { ...workers, count: asked } : asked;
}

/** What a supervisor of one worker goes by. `graceMs`: how long a worker that leaves finishes what it has begun. */
export function supervision(worker: WorkerSettings, graceMs: number): ProcessConfig {
  const { startWithin, heartbeat, silence, backoff, maxBackoff, memory } = worker;
  return { startWithin, heartbeat, silence, backoff, maxBackoff, memory, drainWithin: graceMs };
}
