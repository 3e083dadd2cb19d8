/** `to.transcode` of a route: REST in front, gRPC behind, by the `google.api.http` of the schema. */
import { z } from 'zod';
import { durationMs, fieldName, name, sizeBytes } from '../../settings/settings.ts';

const files = z
  .union(
    [
      z
        .string()
        .min(1)
        .transform((one) => [one]),
      z.array(z.string().min(1)).min(1).max(64),
    ],
    {
      error: 'expected the path of a .proto file, or a list of them',
    },
  )
  .describe('The .proto files that state the services');

export const protoFilesConfig = {
  proto: files,
  importPaths: z
    .array(z.string().min(1))
    .max(32)
    .default([])
    .describe('Folders in which imports are looked for, beside those of the files themselves'),
};

export const transcodeConfig = z
  .strictObject({
    upstream: name.describe('A name under upstreams; it speaks HTTP/2'),
    ...protoFilesConfig,
    services: z
      .array(z.string().min(1))
      .min(1)
      .max(64)
      .optional()
      .describe('Full names, such as shop.v1.Orders; every service of the files where not set'),
    rewrite: z
      .string()
      .regex(/^\//, 'expected a path that begins with /')
      .optional()
      .describe('The path that the annotations are held against, with the :params and * of the match'),
    metadata: z
      .strictObject({
        request: z
          .array(fieldName)
          .max(64)
          .prefault(['accept-language', 'idempotency-key'])
          .describe("Fields of the client's request that are sent as metadata"),
        response: z
          .array(fieldName)
          .max(64)
          .default([])
          .describe('Metadata of the reply, of its head or its end, that clients get as fields'),
      })
      .prefault({})
      .describe('Which header fields become metadata, and which metadata fields'),
    emitDefaults: z
      .boolean()
      .default(false)
      .describe('Whether replies say fields too that hold their default and were not sent'),
    maxMessage: sizeBytes.prefault('4MiB').describe('The largest message, in either direction'),
    idle: durationMs.prefault('60s').describe('Longest silence of a stream of replies'),
    stream: z
      .strictObject({
        lifetime: durationMs.prefault('24h').describe('A stream of replies is ended after so long'),
        maxPerCaller: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(100)
          .describe(
            'Open at a time for one caller on this route; of one address, for callers that nobody knows',
          ),
        heartbeat: durationMs
          .optional()
          .describe('How often a comment shows that a quiet event stream lives; never where not set'),
      })
      .prefault({})
      .describe('What streams of replies may take, and how long'),
    errors: z
      .strictObject({
        messages: z
          .enum(['caller', 'all', 'none'])
          .default('caller')
          .describe("Whose errors carry the backend's words: those that the caller can mend, all, or none"),
        details: z
          .boolean()
          .default(false)
          .describe('Whether they carry the details of google.rpc.Status too'),
      })
      .prefault({})
      .describe('What clients are told of errors of the backend'),
  })
  .describe('A gRPC backend, called by the google.api.http annotations of its methods');

export type TranscodeConfig = z.output<typeof transcodeConfig>;
