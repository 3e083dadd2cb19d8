/**
 * Which store holds the shared state: `state: memory`, `state: { file: … }`, which is memory with quotas of the calendar
 * in a file, or `state: { redis: … }`: a server, sentinels, a cluster.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type Meter, noMeter } from '../core/meter.ts';
import { SECRET } from '../settings/secret.ts';
import { durationMs } from '../settings/settings.ts';
import { MemoryStore } from './memory.ts';
import { hasPrimary } from './primary-link.ts';
import { PrimaryStore } from './primary-store.ts';
import { redisPlaceConfig, redisTlsConfig } from './redis-place.ts';
import type { BinaryStore, ScriptStore, StateStore } from './store.ts';

/** A command limit above a second would let a dead Redis hold requests; below 5 ms a healthy one looks dead. */
const commandLimit = durationMs.refine((ms) => ms >= 5 && ms <= 1000, 'expected 5ms to 1s');

export const stateConfig = z
  .union([
    z.literal('memory').describe('This node alone: its one process, or the primary process of its workers'),
    z.strictObject({
      file: z
        .string()
        .min(1)
        .describe(
          'As memory, and what is drawn of quotas of a day or a month in this file too, so that they survive a restart: the one process writes it, or the primary of workers',
        ),
    }),
    z.strictObject({
      redis: redisPlaceConfig.describe(
        'Where Redis listens; a password belongs in the environment or a file',
      ),
      username: z.string().min(1).optional().describe('User of the servers, in place of the one in the URLs'),
      password: z
        .string()
        .min(1)
        .optional()
        .describe('Password of the servers, in place of the one in the URLs; from the environment or a file')
        .meta(SECRET),
      tls: redisTlsConfig.optional().describe('TLS to the servers, as rediss:// URLs ask for it too'),
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
 * loaded only where one is configured. In a worker whose primary process keeps the state, `memory` is the primary's.
 */
export async function openStore(config: StateConfig, dependencies: StateDependencies): Promise<StateStore> {
  const { clock } = dependencies;
  if (config === 'memory' || 'file' in config)
    return hasPrimary() ? new PrimaryStore({ clock }) : new MemoryStore({ clock });
  return openRedis(config, { commandLimitMs: config.commandLimit, ...dependencies });
}

/** A store on connections of its own, of the kind that the place asks for. */
async function openRedis(
  { redis: at, username, password, tls }: Extract<StateConfig, { redis: unknown }>,
  options: StateDependencies & { readonly commandLimitMs: number },
): Promise<ScriptStore & BinaryStore> {
  const place = { at, username, password, tls };
  if (typeof at === 'string' || 'sentinels' in at) {
    const { RedisStore } = await import('./redis.ts');
    return new RedisStore({ url: place, ...options });
  }
  const { ClusterStore } = await import('./redis-cluster.ts');
  return new ClusterStore({ place, ...options });
}

/** Replies may be large, and a slow one must not make the limits' Redis look dead. */
const BINARY_COMMAND_LIMIT_MS = 250;

/** Who writes something down waits for it rather than doing without. */
const PATIENT_COMMAND_LIMIT_MS = 1000;

/** As `openBinaryStore`, for scripts whose answer must be had. */
export function openScriptStore(
  config: StateConfig,
  { clock, logger }: Pick<StateDependencies, 'clock' | 'logger'>,
): (() => Promise<ScriptStore>) | undefined {
  if (config === 'memory' || 'file' in config) return undefined;
  return () => openRedis(config, { commandLimitMs: PATIENT_COMMAND_LIMIT_MS, clock, logger, meter: noMeter });
}

/**
 * The way to a connection of its own for large values, where the state is in Redis; `undefined` where it is not. Opened
 * when it is called.
 */
export function openBinaryStore(
  config: StateConfig,
  { clock, logger }: Pick<StateDependencies, 'clock' | 'logger'>,
): (() => Promise<BinaryStore>) | undefined {
  if (config === 'memory' || 'file' in config) return undefined;
  // The gauge of the state store speaks of the other connection.
  return () => openRedis(config, { commandLimitMs: BINARY_COMMAND_LIMIT_MS, clock, logger, meter: noMeter });
}
