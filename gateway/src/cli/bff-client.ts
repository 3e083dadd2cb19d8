/**
 * `frontdesk bff client`: what the app teams of a BFF build on, from its definition: a typed client, its GraphQL documents
 * and their manifest. The files are committed; `--check` fails where they are not what the definition says now.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CLIENT_MARK, generateClient } from '../codegen/client-code.ts';
import { readTypesConfig } from '../codegen/generate.ts';
import { TYPES_FILE } from '../codegen/sources.ts';
import { TypesError } from '../codegen/types-error.ts';
import { putFiles } from './generated-files.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, type Terminal } from './terminal.ts';

export interface BffClientOptions {
  /** The folder of the files. */
  readonly out: string;
  /** Writes nothing; fails where something would be written. */
  readonly check?: boolean;
}

/** `name`: a package, or its folder. */
export async function bffClient(
  name: string,
  { out, check = false }: BffClientOptions,
  terminal: Terminal,
): Promise<number> {
  const { loadBff, packageFolder } = await import('../handlers/bff/load.ts');
  const { bindSchema } = await import('../handlers/bff/schema.ts');
  const found = packageAt(resolve(name)) ?? { name, folder: process.cwd() };
  try {
    const bff = await loadBff(found.name, found.folder);
    const folder = packageFolder(found.name, found.folder);
    const scalars = existsSync(join(folder, TYPES_FILE)) ? readTypesConfig(folder).scalars : {};
    const { files, notes } = await generateClient(bff, await bindSchema(bff), scalars);
    for (const note of notes) terminal.err(`note: ${note}\n`);
    const command = `frontdesk bff client ${name} --out ${out}`;
    const isOurs = (text: string): boolean => text.slice(0, 80).includes(CLIENT_MARK);
    return await putFiles({ output: resolve(out), files, isOurs, command }, check, terminal);
  } catch (error) {
    const faults = error instanceof TypesError ? error.faults : [`${name}: ${reasonOf(error)}`];
    for (const fault of faults) terminal.err(`${fault}\n`);
    return EXIT_FAILED;
  }
}

/** The package of a folder; `undefined` where none is. A package finds itself by its own name. */
function packageAt(folder: string): { readonly name: string; readonly folder: string } | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const named = typeof manifest === 'object' && manifest !== null && 'name' in manifest;
  return named ? { name: String(manifest.name), folder } : undefined;
}
