/** `upstreams.X.mirror`: copies of calls to a shadow of the upstream, whose replies nobody waits for. */
import { z } from 'zod';
import { durationMs, name, sizeBytes } from '../../settings/settings.ts';
import { affinityKey } from '../balancing/affinity.ts';
import { percent } from '../split/percent.ts';

const method = z
  .string()
  .regex(/^[A-Z]{1,32}$/, 'expected an HTTP method in capitals')
  .refine((text) => text !== 'CONNECT' && text !== 'TRACE', 'is never mirrored');

export const mirrorConfig = z.strictObject({
  upstream: name.describe('Where copies go: a name under upstreams; neither a split nor mirrored itself'),
  share: percent.prefault('100%').describe('How many of the calls are copied'),
  by: affinityKey.optional().describe('Copies the calls of always the same callers; by chance where not set'),
  methods: z
    .array(method)
    .min(1)
    .max(16)
    .default(['GET', 'HEAD', 'OPTIONS'])
    .describe('Queries of the graph are reads, whatever their method; others only by their method'),
  maxBody: sizeBytes.prefault('64KiB').describe('A call with a larger body is not copied'),
  maxInFlight: z.int().min(1).max(10_000).default(32).describe('Copies under way at once; more are dropped'),
  timeout: durationMs.prefault('5s').describe('How long a copy may take, its reply included'),
});

export type MirrorConfig = z.output<typeof mirrorConfig>;
