/** The `telemetry.traces` section of the configuration: what is recorded of requests, and which collector gets it. */
import { z } from 'zod';
import { addressRange } from '../../settings/address-range.ts';
import { SECRET } from '../../settings/secret.ts';
import { durationMs, fieldName, httpUrl } from '../../settings/settings.ts';

/** Fields that prove who somebody is: they are never recorded. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'dpop',
  'x-api-key',
]);

const ratio = z
  .number({ error: 'expected a share from 0 (none) to 1 (all)' })
  .min(0, 'expected a share from 0 (none) to 1 (all)')
  .max(1, 'expected a share from 0 (none) to 1 (all)');

const percent = z
  .string()
  .regex(
    /^(?:[1-9]\d?|100)%$/,
    'expected a duration such as 500ms, a part of the deadline such as 80%, or off',
  )
  .transform((text) => ({ ofDeadline: Number(text.slice(0, -1)) / 100 }));

const sampling = z
  .strictObject({
    ratio: ratio
      .default(0.01)
      .describe(
        'Share of traces that are kept whatever comes of them, by their id: whoever decides by the same id and share decides alike',
      ),
    parent: z
      .union([z.enum(['ignore', 'follow']), z.array(addressRange)])
      .default('ignore')
      .describe(
        "What a caller's own decision counts: follow keeps what it records and leaves what it does not; a list of address ranges follows those callers alone (as the connection shows them); ignore decides by ratio",
      ),
    errors: z
      .boolean()
      .default(true)
      .describe('Keep every trace that failed: status 500 and above, broken off, errors in a GraphQL answer'),
    slowerThan: z
      .union([z.literal('off'), percent, durationMs])
      .prefault('1s')
      .describe(
        'Keep every trace that took longer: a duration, or a part of the deadline such as 80%; of a stream the time to its head counts',
      ),
    maxSpansPerSecond: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1_000)
      .describe('Most spans that are kept in a second; what goes beyond is dropped and counted'),
  })
  .prefault({});

const recorded = z
  .strictObject({
    clientAddress: z.boolean().default(false).describe("Record the client's address"),
    userAgent: z.boolean().default(true).describe("Record the client's User-Agent"),
    query: z
      .boolean()
      .default(false)
      .describe(
        "Record query strings, without the values of secret parameters (telemetry.accessLog.redact); never those of GraphQL's paths",
      ),
    requestHeaders: z
      .array(
        fieldName.refine(
          (name) => !CREDENTIALS.has(name),
          'expected a header that carries no credential: these are never recorded',
        ),
      )
      .default([])
      .describe('Request headers to record; none by default'),
  })
  .prefault({});

export const tracesConfig = z.strictObject({
  endpoint: httpUrl
    .optional()
    .describe(
      'The OTLP/HTTP collector, such as http://127.0.0.1:4318; /v1/traces is added where it has no path. Default: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT, or http://127.0.0.1:4318',
    ),
  protocol: z
    .enum(['http/protobuf', 'http/json'])
    .optional()
    .describe('How spans are written. Default: OTEL_EXPORTER_OTLP_PROTOCOL, or http/protobuf'),
  headers: z
    .record(fieldName, z.string().meta(SECRET))
    .default({})
    .describe(
      'Fields of each export, such as an API key, from the environment or a file. Default: those of OTEL_EXPORTER_OTLP_HEADERS',
    ),
  compression: z.enum(['none', 'gzip']).default('none').describe('How exports are coded'),
  timeout: durationMs.prefault('10s').describe('One export, its answer included'),
  service: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('service.name. Default: OTEL_SERVICE_NAME, or frontdesk'),
  resource: z
    .record(z.string().min(1).max(255), z.string().max(1024))
    .default({})
    .describe(
      'Further attributes of the resource, such as deployment.environment.name; added to those of OTEL_RESOURCE_ATTRIBUTES, before which they count',
    ),
  incoming: z
    .enum(['continue', 'link'])
    .default('continue')
    .describe(
      "What becomes of a caller's traceparent: continue goes on in its trace, link begins one of our own that names it",
    ),
  sampling: sampling.describe('Which traces are kept. Decided when a request is over'),
  record: recorded.describe('What is recorded of a request besides its route, status and times'),
  queue: z
    .strictObject({
      spans: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(8_192)
        .describe('Most spans that wait to be exported; further ones are dropped and counted'),
      batch: z.int().min(1).max(10_000).default(512).describe('Most spans of one export'),
      interval: durationMs.prefault('5s').describe('How long a span waits at most for its batch to fill'),
    })
    .refine(({ spans, batch }) => batch <= spans, {
      error: 'expected a batch no larger than the queue (spans)',
      path: ['batch'],
    })
    .prefault({})
    .describe('What waits for the collector'),
});

export type TracesConfig = z.output<typeof tracesConfig>;
export type SamplingConfig = TracesConfig['sampling'];
export type RecordConfig = TracesConfig['record'];
