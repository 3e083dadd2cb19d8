/** Which store holds the shared state: `state: memory`, or `state: { redis: "redis://host:6379" }`. */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type Meter, noMeter } from '../core/meter.ts';
import { durationMs } from '../settings/settings.ts';
import { MemoryStore } from './memory.ts';
import type { BinaryStore, StateStore } from './store.ts';

const redisUrl = z.string().refine(
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return (
      url !== undefined && (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== ''
    );
  },
  // The text itself may hold a password, so it is not quoted.
  'expected a Redis URL such as redis://localhost:6379 or rediss://user:password@host:6380/0',
);

/** A command limit above a second would let a dead Redis hold requests; below 5 ms a healthy one looks dead. */
const commandLimit = durationMs.refine((ms) => ms >= 5 && ms <= 1000, 'expected 5ms to 1s');

export const stateConfig = z
  .union([
    z.literal('memory').describe('This process alone; with several workers each has a share of every limit'),
    z.strictObject({
      redis: redisUrl.describe('Where Redis listens; a password belongs in the environment or a file'),
      commandLimit: commandLimit
        .prefault('25ms')
        .describe('After this long without an answer Redis counts as gone and limits are decided locally'),
    }),
  ])
  .default('memory');

export type StateConfig = z.output<typeof stateConfig>;

export interface StateDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/**
 * Opens the store without waiting for it; a Redis that is not there yet is connected to when it comes. Its client is
 * loaded only where one is configured.
 */
export async function openStore(config: StateConfig, dependencies: StateDependencies): Promise<StateStore> {
  if (config === 'memory') return new MemoryStore({ clock: dependencies.clock });
  const { RedisStore } = await import('./redis.ts');
  return new RedisStore({
    url: config.redis,
    commandLimitMs: config.commandLimit,
    clock: dependencies.clock,
    logger: dependencies.logger,
    meter: dependencies.meter,
  });
}

/** Replies may be large, and a slow one must not make the limits' Redis look dead. */
const BINARY_COMMAND_LIMIT_MS = 250;

/**
 * The way to a connection of its own for large values, where the state is in Redis; `undefined` where it is not. Opened
 * when it is called.
 */
export function openBinaryStore(
  config: StateConfig,
  { clock, logger }: Pick<StateDependencies, 'clock' | 'logger'>,
): (() => Promise<BinaryStore>) | undefined {
  if (config === 'memory') return undefined;
  const url = config.redis;
  return async () => {
    const { RedisStore } = await import('./redis.ts');
    // The gauge of the state store speaks of the other connection.
    return new RedisStore({ url, commandLimitMs: BINARY_COMMAND_LIMIT_MS, clock, logger, meter: noMeter });
  };
}
