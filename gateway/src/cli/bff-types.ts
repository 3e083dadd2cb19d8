/**
 * `frontdesk bff types`: TypeScript for a BFF's package from what describes its backends, the graph and its own schema.
 * The files are committed; `--check` fails where they are not what the sources say now.
 */
import { resolve } from 'node:path';
import { generateTypes } from '../codegen/generate.ts';
import { isGenerated } from '../codegen/ts-text.ts';
import { TypesError } from '../codegen/types-error.ts';
import { putFiles, writeFiles } from './generated-files.ts';
import { EXIT_FAILED, type Terminal } from './terminal.ts';

export interface BffTypesOptions {
  /** Writes nothing; fails where something would be written. */
  readonly check?: boolean;
}

export async function bffTypes(
  folder: string,
  { check = false }: BffTypesOptions,
  terminal: Terminal,
): Promise<number> {
  try {
    const { output, files, notes } = await generateTypes(resolve(folder));
    for (const note of notes) terminal.err(`note: ${note}\n`);
    const command = 'frontdesk bff types';
    return await putFiles({ output, files, isOurs: isGenerated, command }, check, terminal);
  } catch (error) {
    if (!(error instanceof TypesError)) throw error;
    for (const fault of error.faults) terminal.err(`${fault}\n`);
    return EXIT_FAILED;
  }
}

/** Writes them where they are not what the sources say now; gives the paths of what was written. Rejects with a `TypesError`. */
export async function writeBffTypes(folder: string): Promise<readonly string[]> {
  const { output, files } = await generateTypes(resolve(folder));
  return writeFiles({ output, files, isOurs: isGenerated });
}
