/** `upstreams.X.balance`: how an endpoint is picked among several, and what the choice keeps to. */
import { z } from 'zod';
import type { Random } from '../../core/clock.ts';
import { durationMs } from '../../settings/settings.ts';
import { affinityKey } from './affinity.ts';
import type { Balancer } from './balancer.ts';
import { consistentHash } from './consistent-hash.ts';
import { leastRequests } from './least-requests.ts';
import { peakEwma } from './peak-ewma.ts';
import { roundRobin } from './round-robin.ts';
import { slowStartConfig } from './slow-start.ts';

const balancers = z.enum(['least-requests', 'round-robin', 'peak-ewma', 'consistent-hash']);

const balanceSettings = z
  .strictObject({
    by: balancers.default('least-requests').describe('The algorithm'),
    key: affinityKey
      .optional()
      .describe('consistent-hash: consumer, subject, tenant, address, path, header:NAME or cookie:NAME'),
    load: z
      .union([z.literal('unbounded'), z.number().min(1).max(10)], {
        error: 'expected a number from 1 to 10, or unbounded',
      })
      .default(1.25)
      .describe('consistent-hash: most calls of one endpoint, as a multiple of its fair share'),
    decay: durationMs
      .prefault('10s')
      .describe('peak-ewma: the time in which a latency that was seen loses two thirds of its say'),
    slowStart: slowStartConfig.optional().describe('How new endpoints are warmed up; not at all by default'),
    zones: z
      .enum(['local-first', 'ignore'])
      .default('local-first')
      .describe("Whether endpoints of the gateway's own zone are asked first, where `zone` says which it is"),
    spill: z
      .number()
      .min(1)
      .max(10)
      .default(1.4)
      .describe(
        'What a zone or priority is taken to be able to carry, as a multiple of its healthy part: at 1.4 it keeps all calls until less than 72 % of it is healthy',
      ),
    panicBelow: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('With a smaller part healthy than this, health is ignored; an open breaker is not. 0: never'),
  })
  .prefault({})
  .refine((settings) => (settings.by === 'consistent-hash') === (settings.key !== undefined), {
    message: 'expected a key with by: consistent-hash, and none with the others',
    path: ['key'],
  });

export type BalanceConfig = z.output<typeof balanceSettings>;

export const balanceConfig = z
  .union(
    [
      z
        .enum(['least-requests', 'round-robin', 'peak-ewma'])
        .transform((by): BalanceConfig => balanceSettings.parse({ by })),
      balanceSettings,
    ],
    { error: 'expected least-requests, round-robin, peak-ewma, or an object with by' },
  )
  .prefault({})
  .describe('How an endpoint is picked among several');

export function makeBalancer({ by, load }: BalanceConfig, random: Random): Balancer {
  switch (by) {
    case 'round-robin':
      return roundRobin();
    case 'least-requests':
      return leastRequests(random);
    case 'peak-ewma':
      return peakEwma(random);
    case 'consistent-hash':
      return consistentHash(load === 'unbounded' ? Number.POSITIVE_INFINITY : load, random);
  }
}
