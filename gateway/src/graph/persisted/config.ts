/** `graph.documents`: which documents clients may ask for by an identifier instead of sending their text. */
import { z } from 'zod';
import { durationMs, sizeBytes } from '../../settings/settings.ts';

const automaticSettings = z.strictObject({
  max: z.int().positive().default(1000).describe('documents kept in memory'),
  maxBytes: sizeBytes.prefault('4MiB').describe('text kept in memory'),
  shared: z.boolean().default(true).describe('kept in Redis too, where `state` names one'),
  ttl: durationMs.prefault('1d').describe('how long Redis keeps one'),
});

export const documentsConfig = z
  .strictObject({
    automatic: z
      .union([z.boolean(), automaticSettings])
      .default(true)
      .describe('automatic persisted queries: clients register a document by its hash'),
    manifest: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .describe('registered documents: a file of Relay, Apollo or GraphQL Code Generator, or several'),
    only: z
      .literal('registered')
      .optional()
      .describe('serve registered documents alone, and refuse all others, automatic ones included'),
    invalid: z
      .enum(['warn', 'refuse'])
      .default('warn')
      .describe('what a registered document that the supergraph cannot answer does to the configuration'),
  })
  .prefault({});

export type DocumentsConfig = z.output<typeof documentsConfig>;
export type AutomaticSettings = z.output<typeof automaticSettings>;

/** The settings of automatic persisted queries; `undefined` where they are off. */
export function automaticSettingsOf({ automatic, only }: DocumentsConfig): AutomaticSettings | undefined {
  if (automatic === false || only === 'registered') return undefined;
  return automatic === true ? automaticSettings.parse({}) : automatic;
}

/** The files of registered documents. */
export function manifestsOf({ manifest }: DocumentsConfig): readonly string[] {
  if (manifest === undefined) return [];
  return typeof manifest === 'string' ? [manifest] : manifest;
}

/** The largest manifest. */
export const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;
