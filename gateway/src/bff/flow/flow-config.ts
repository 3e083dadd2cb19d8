/** `flows`: where runs of flows are written down, and for how long. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

const MIN_LEASE_MS = 1000;

export const flowsConfig = z
  .strictObject({
    journal: z
      .union([
        z.literal('state').describe('Where `state` keeps everything else: Redis, or the memory of this node'),
        z.strictObject({
          file: z
            .string()
            .min(1)
            .describe('A file of this node, written through before a step begins: survives its process'),
        }),
      ])
      .default('state')
      .describe('Where runs are written down, so that one whose process died is undone'),
    lease: durationMs
      .refine((ms) => ms >= MIN_LEASE_MS && ms <= 600_000, 'expected 1s to 10m')
      .prefault('15s')
      .describe('A process that is not heard of for so long is taken for dead, and its runs are taken over'),
    keep: durationMs
      .refine((ms) => ms >= 60_000, 'expected 1m or longer')
      .prefault('24h')
      .describe('For how long a key gets the first answer again'),
    undoFor: durationMs
      .prefault('10m')
      .describe('For how long the undo of one step is tried before the run is stuck and waits for a human'),
    maxOpen: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1000)
      .describe('Most runs under way at once in one process'),
    keptPerCaller: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe(
        'Most runs of one caller that a BFF keeps, answers included: more keys are refused (429) until old ones are over',
      ),
  })
  .prefault({})
  .describe('Flows of BFFs: runs, their keys and their journal');

export type FlowsConfig = z.output<typeof flowsConfig>;
