/** Where the sources of a BFF's types are: files beside its package, files of installed packages, its own operations. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, posix, resolve } from 'node:path';
import type { TypesConfig } from './config.ts';
import type { OperationFile } from './operation-types.ts';
import { TypesError } from './types-error.ts';

/** The file that says what types are made from, in a BFF's package. */
export const TYPES_FILE = 'frontdesk.types.yaml';

const MAX_OPERATION_FILES = 1000;

export interface Located {
  readonly file: string;
  /** Whether it is a file of an installed package, found by its name. */
  readonly isPackage: boolean;
}

/** A path from the folder, or else a file of an installed package. Throws a `TypesError`; `setting` names who says so. */
export function locate(folder: string, written: string, setting: string): Located {
  const path = resolve(folder, written);
  if (existsSync(path)) return { file: path, isPackage: false };
  const fault = (message: string): TypesError =>
    new TypesError([`${join(folder, TYPES_FILE)}: ${setting}: ${message}`]);
  if (/^[./]/.test(written)) throw fault(`there is no file "${written}"`);
  try {
    return { file: createRequire(join(folder, TYPES_FILE)).resolve(written), isPackage: true };
  } catch {
    throw fault(`"${written}" is neither a file here nor one of an installed package`);
  }
}

/** The team's operations: every `*.graphql` below the folder but the BFF's own schema, by path. */
export async function operationFiles(
  folder: string,
  { operations, schema, output }: Pick<TypesConfig, 'operations' | 'schema' | 'output'>,
): Promise<OperationFile[]> {
  // What `bff client` writes for the app teams asks the BFF, not the graph.
  const left = new Set([schema, output, 'src/client'].map((path) => resolve(folder, path)));
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true }).catch(() => [])) {
      const inner = posix.join(path, entry.name);
      if (entry.name === 'node_modules' || left.has(resolve(folder, inner))) continue;
      if (entry.isDirectory()) await look(inner);
      else if (entry.name.endsWith('.graphql')) found.push(inner);
    }
  };
  await look(operations);
  if (found.length > MAX_OPERATION_FILES) {
    throw new TypesError([`${operations}: expected at most ${MAX_OPERATION_FILES} files of operations`]);
  }
  return Promise.all(
    found.sort().map(async (shown) => ({ shown, text: await readFile(join(folder, shown), 'utf8') })),
  );
}
