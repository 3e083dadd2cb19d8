/** `cors`: which pages of other origins may call a route and read its answers (Fetch standard, §3.2). */
import { z } from 'zod';
import { durationMs, fieldName } from '../../settings/settings.ts';
import { originPattern } from './cors-origins.ts';

export const corsConfig = z
  .strictObject({
    origins: z
      .array(originPattern)
      .min(1)
      .max(1_000)
      .describe(
        'Origins of the pages: exact ones, https://*.example.com for all names below, null, or * for everybody',
      ),
    credentials: z
      .boolean()
      .default(false)
      .describe('Whether pages may call with cookies; never with * or null'),
    requestHeaders: z
      .array(fieldName)
      .max(256)
      .default(['*'])
      .describe('Header fields that pages may send beside the simple ones; * for any'),
    exposeHeaders: z
      .array(fieldName)
      .max(256)
      .default(['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'])
      .describe('Header fields of the answer that pages may read beside the simple ones'),
    maxAge: durationMs.prefault('10m').describe('How long a browser may remember that it may ask'),
    privateNetwork: z
      .boolean()
      .default(false)
      .describe('Whether public pages may call although this gateway stands in a private network'),
  })
  .superRefine(({ origins, credentials }, context) => {
    for (const [i, origin] of origins.entries()) {
      if (!credentials || (origin !== '*' && origin !== 'null')) continue;
      context.addIssue({
        code: 'custom',
        path: ['origins', i],
        message: `${origin} with credentials would let any page act for whoever is logged in: expected origins by name`,
      });
    }
  });

export type CorsConfig = z.output<typeof corsConfig>;
