/** `telemetry.accessLog`: where request lines go, which of them are written, and what they say beside what all say. */
import { z } from 'zod';
import { durationMs, sizeBytes } from '../settings/settings.ts';
import { speaksOfSecret } from './redaction.ts';

const share = z.number().min(0, 'expected a share from 0 to 1').max(1, 'expected a share from 0 to 1');

const sampleConfig = z.strictObject({
  ok: share.default(1).describe('Share of requests that went well'),
  refused: share.default(1).describe('Share of those refused for what the client did: 400 to 499'),
  errors: share.default(1).describe('Share of those that failed: 500 and above, or an answer that broke off'),
  slow: durationMs.optional().describe('What takes longer is always written'),
});

/** No secret is asked for by name: what carries credentials stays out of logs whatever a configuration says. */
const fieldName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header field')
  .transform((name) => name.toLowerCase())
  .refine((name) => !CREDENTIAL_FIELDS.has(name) && !speaksOfSecret(name), {
    error: 'this field carries credentials, which are never logged',
  });
const claimName = z
  .string()
  .min(1)
  .refine((name) => !speaksOfSecret(name), { error: 'this claim is a secret, which is never logged' });

const CREDENTIAL_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'dpop',
  'x-forwarded-client-cert',
  'client-cert',
]);
const MOST_FIELDS = 32;

export const accessLogConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Write one JSON line for each request'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file to append to, opened anew once it was moved away; standard output where it is not set',
      ),
    redact: z
      .array(z.string().min(1))
      .default([])
      .describe('Further query parameters whose values are secret, beside token, key, password and the like'),
    buffer: sizeBytes
      .prefault('8MiB')
      .describe('Most bytes that wait for a slow reader; further lines are dropped and counted'),
    sample: sampleConfig
      .optional()
      .describe(
        'Which requests get a line, by how they ended and by their trace id; all where it is not set',
      ),
    routes: z
      .record(
        z.string().startsWith('/', 'expected the path of a route'),
        z.union([z.literal('off'), sampleConfig]),
      )
      .default({})
      .describe('The same for single routes, by their path as it is configured; off writes none'),
    fields: z
      .strictObject({
        request: z.array(fieldName).max(MOST_FIELDS).default([]).describe('Header fields of requests'),
        reply: z.array(fieldName).max(MOST_FIELDS).default([]).describe('Header fields of replies'),
        claims: z.array(claimName).max(MOST_FIELDS).default([]).describe("Claims of callers' tokens"),
      })
      .optional()
      .describe('What lines say beside what all of them say. Nothing that carries credentials can be named'),
  })
  .prefault({});

export type AccessLogConfig = z.output<typeof accessLogConfig>;
export type SampleConfig = z.output<typeof sampleConfig>;
export type LoggedFields = NonNullable<AccessLogConfig['fields']>;
