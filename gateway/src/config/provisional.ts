/** Sections whose rooms have not exported their fragments yet, in their public shape. */
import { z } from 'zod';
import { httpUrl, name, ratePerMs, sizeBytes } from '../settings/settings.ts';
export const routeMatchConfig = z.strictObject({
  path: z.string().regex(/^\//, 'expected a path that begins with /'),
  methods: z.array(z.string()).optional(),
  host: z.string().optional(),
});
export const listenConfig = z
  .strictObject({ host: z.string().default('0.0.0.0'), port: z.int().min(0).max(65535).default(4000) })
  .prefault({});
export const authConfig = z
  .strictObject({
    jwt: z.strictObject({ issuer: httpUrl, audience: z.string(), jwksUri: httpUrl }).optional(),
    apiKey: z.strictObject({ header: z.string() }).optional(),
  })
  .prefault({});
export const plansConfig = z
  .record(
    name,
    z.strictObject({
      limit: z.union([
        z.literal('unlimited'),
        z.strictObject({ capacity: z.number().positive(), refill: ratePerMs }),
      ]),
      scopes: z.array(z.string()).default([]),
    }),
  )
  .default({});
export const consumersConfig = z
  .array(
    z.strictObject({
      id: name,
      plan: name,
      apiKeys: z.array(z.strictObject({ id: name, sha256: z.string() })).default([]),
      clients: z.array(z.string()).default([]),
    }),
  )
  .default([]);
export const upstreamConfig = z.strictObject({ url: httpUrl, limit: sizeBytes.optional() });
