/** `upstreams.X.health`: how the gateway asks endpoints of its own accord whether they are well. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

const MAX_STATUSES = 32;

const status = z.union(
  [z.int().min(100).max(599), z.enum(['2xx', '3xx', '4xx', '5xx']).transform((text) => Number(text[0]))],
  { error: 'expected a status such as 200, or a class such as 2xx' },
);

const httpProbe = z.strictObject({
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'expected a path that starts with /')
    .default('/')
    .describe("What is asked for, after the endpoint's own base path"),
  status: z
    .array(status)
    .min(1)
    .max(MAX_STATUSES)
    .default([2])
    .describe('Statuses (200) and classes (2xx) that say it is well; 2xx by default'),
});

const grpcProbe = z.strictObject({
  service: z.string().max(256).default('').describe('The service to ask after; empty for the whole server'),
});

export const healthConfig = z
  .strictObject({
    http: httpProbe.optional().describe('Asks by GET'),
    tcp: z
      .strictObject({})
      .optional()
      .describe('Opens a connection (with TLS where the URL says so), no more'),
    grpc: grpcProbe.optional().describe('Asks by grpc.health.v1.Health/Check'),
    interval: durationMs
      .prefault('5s')
      .describe('From one answer to the next question; 10 % more or less by chance'),
    timeout: durationMs.prefault('1s').describe('How long it may take, connecting included'),
    healthyAfter: z.int().min(1).max(100).default(2).describe('Good answers in a row that make it healthy'),
    unhealthyAfter: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('Bad answers in a row that make it unhealthy'),
  })
  .refine(
    ({ http, tcp, grpc }) => [http, tcp, grpc].filter((one) => one !== undefined).length === 1,
    'expected one of http, tcp and grpc',
  )
  .refine(({ interval, timeout }) => interval > 0 && timeout > 0, {
    message: 'expected interval and timeout to be more than 0s',
    path: ['interval'],
  });

export type HealthConfig = z.output<typeof healthConfig>;
export type HttpProbeConfig = z.output<typeof httpProbe>;
