/**
 * `frontdesk bff types`: TypeScript for a BFF's package from what describes its backends, the graph and its own schema.
 * The files are committed; `--check` fails where they are not what the sources say now.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, resolve } from 'node:path';
import { generateTypes } from '../codegen/generate.ts';
import { type GeneratedFile, isGenerated } from '../codegen/ts-text.ts';
import { TypesError } from '../codegen/types-error.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

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
    const { changed, stale } = await differences(output, files);
    if (check) {
      for (const { path } of changed) terminal.err(`${join(output, path)}: is not what its sources say\n`);
      for (const path of stale) terminal.err(`${join(output, path)}: nothing makes it any more\n`);
      if (changed.length + stale.length === 0) return EXIT_OK;
      terminal.err('run: frontdesk bff types\n');
      return EXIT_FAILED;
    }
    for (const { path, text } of changed) {
      await mkdir(dirname(join(output, path)), { recursive: true });
      await writeFile(join(output, path), text);
      terminal.out(`${join(output, path)}\n`);
    }
    for (const path of stale) await rm(join(output, path));
    if (changed.length === 0) terminal.out('nothing has changed\n');
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof TypesError)) throw error;
    for (const fault of error.faults) terminal.err(`${fault}\n`);
    return EXIT_FAILED;
  }
}

/** What must be written, and our own files that nothing makes any more. */
async function differences(output: string, files: readonly GeneratedFile[]) {
  const there = new Map<string, string>();
  const look = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(output, path), { withFileTypes: true }).catch(() => [])) {
      const inner = posix.join(path, entry.name);
      if (entry.isDirectory()) await look(inner);
      else if (entry.name.endsWith('.ts')) there.set(inner, await readFile(join(output, inner), 'utf8'));
    }
  };
  await look('');
  const made = new Set(files.map(({ path }) => path));
  return {
    changed: files.filter(({ path, text }) => there.get(path) !== text),
    stale: [...there].filter(([path, text]) => !made.has(path) && isGenerated(text)).map(([path]) => path),
  };
}
