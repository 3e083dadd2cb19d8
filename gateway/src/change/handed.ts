/**
 * What a process that another one succeeds has in force, handed to that one: an upgrade changes the program, not the
 * configuration. What an operator sent goes on, what the files say and was refused stays refused, and versions count on.
 */
import { z } from 'zod';
import type { ConfigBundle } from '../config/bundle.ts';
import type { Begun } from './begun.ts';
import type { ConfigVersion } from './change.ts';
import type { FailedReading, Reading } from './config-reader.ts';

export const versionSchema = z.strictObject({
  number: z.int().min(1),
  digest: z.string(),
  source: z.enum(['start', 'file', 'signal', 'admin', 'last-good']),
  at: z.number(),
});
export const bundleSchema = z.strictObject({ file: z.string(), texts: z.record(z.string(), z.string()) });

/** Beside its bundle, what its files said last: whoever finds them otherwise reads them. */
export interface Handed {
  readonly version: ConfigVersion;
  readonly bundle: ConfigBundle;
  readonly origin: Begun['origin'];
  readonly standsInBecause: string | undefined;
  readonly files: readonly string[];
  readonly inputs: readonly string[];
  readonly fingerprints: ReadonlyMap<string, string>;
}

const handedSchema = z.strictObject({
  version: versionSchema,
  bundle: bundleSchema,
  origin: z.enum(['files', 'sent', 'kept']),
  standsInBecause: z.string().optional(),
  files: z.array(z.string()),
  inputs: z.array(z.string()),
  fingerprints: z.record(z.string(), z.string()),
});

/** As plain data, for a message to another process. `undefined` where the command line says all. */
export function toHanded(begun: Begun, fromFiles: Reading | FailedReading): object | undefined {
  const { version, bundle, origin, standsInBecause } = begun;
  if (bundle.file === '') return undefined;
  const { files, inputs, fingerprints } = fromFiles;
  return {
    version,
    bundle,
    origin,
    ...(standsInBecause === undefined ? {} : { standsInBecause }),
    files,
    inputs,
    fingerprints: Object.fromEntries(fingerprints),
  };
}

/** `undefined` where the other process hands none, or is of a program that means something else by it. */
export function readHanded(told: unknown): Handed | undefined {
  const parsed = handedSchema.safeParse(told);
  if (!parsed.success) return undefined;
  const { fingerprints, standsInBecause, ...handed } = parsed.data;
  return { ...handed, standsInBecause, fingerprints: new Map(Object.entries(fingerprints)) };
}
