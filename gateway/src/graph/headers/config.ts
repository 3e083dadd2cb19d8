/** `graph.headers`: which fields go from the client to subgraphs, and which come back from them. */
import { z } from 'zod';
import { fieldName } from '../../settings/settings.ts';

/** What frames a message, belongs to one connection, or is the gateway's own word. */
const OWN: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'age',
  'connection',
  'date',
  'expect',
  'forwarded',
  'frontdesk-incomplete',
  'host',
  'http2-settings',
  'keep-alive',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'server',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'via',
  'www-authenticate',
  'x-request-id',
  'x-trace-id',
]);
const OWN_PREFIXES = ['content-', 'proxy-', 'x-forwarded-', 'x-ratelimit-', 'access-control-', 'sec-'];

function isOwn(name: string): boolean {
  return OWN.has(name) || OWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const passed = fieldName.refine((name) => !isOwn(name), {
  message: 'this field frames a message or is the gateway’s own: it does not pass',
});

const fieldValue = z
  .string()
  .max(8192)
  .regex(/^[\t\x20-\x7e]*$/, 'expected a header value: printable ASCII');

const requestRule = z.union([
  z
    .strictObject({
      forward: passed.describe("a field of the client's request"),
      as: passed.optional().describe('its name at the subgraph, where it is another'),
      default: fieldValue.optional().describe('its value where the client sends none'),
    })
    .describe('Pass a field on, in place of what earlier rules set under its name'),
  z
    .strictObject({
      insert: passed.describe('the name of the field'),
      value: fieldValue.describe('its value'),
    })
    .describe('Send a field of ours, in place of what earlier rules set under its name'),
  z
    .strictObject({ remove: passed.describe('the name of the field') })
    .describe('Send none of what earlier rules set under this name'),
]);

const responseRule = z
  .strictObject({
    name: passed.describe('the name of the field'),
    take: z
      .enum(['first', 'last', 'append', 'strictest'])
      .optional()
      .describe(
        'of several replies; by default cache-control is the strictest, set-cookie all, others the first',
      ),
    from: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('the subgraphs that are listened to; by default all'),
  })
  .refine(({ name, take }) => take !== 'strictest' || name === 'cache-control', {
    message: 'only cache-control has a strictest value',
  })
  .refine(({ name, take }) => name !== 'set-cookie' || take === undefined || take === 'append', {
    message: 'cookies are passed on whole: append',
  })
  .refine(({ name, take }) => name !== 'cache-control' || take === undefined || take === 'strictest', {
    message: 'cache-control is that of the strictest reply',
  });

export const graphHeadersConfig = z
  .strictObject({
    forward: z.array(passed).default([]).describe('client header fields that all subgraphs receive'),
    request: z.array(requestRule).default([]).describe('further rules for all subgraphs, in order'),
    subgraphs: z
      .record(z.string().min(1), z.array(requestRule))
      .default({})
      .describe('rules for one subgraph, after those for all'),
    response: z
      .array(responseRule)
      .default([])
      .describe('fields of subgraph replies that the client receives'),
  })
  .prefault({});

export type GraphHeadersConfig = z.output<typeof graphHeadersConfig>;
export type RequestRule = z.output<typeof requestRule>;
export type ResponseRule = z.output<typeof responseRule>;
