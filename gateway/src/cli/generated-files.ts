/** Generated files in a folder: what of them must be written, and what of them nothing makes any more. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { GeneratedFile } from '../codegen/ts-text.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface GeneratedFiles {
  /** Their folder. */
  readonly output: string;
  readonly files: readonly GeneratedFile[];
  /** Whether a text is a file of the same generator, which may be taken away. */
  readonly isOurs: (text: string) => boolean;
  /** How they are made. */
  readonly command: string;
}

/** Writes them; with `check` it writes nothing, and fails where something would be written. Gives the exit code. */
export async function putFiles(made: GeneratedFiles, check: boolean, terminal: Terminal): Promise<number> {
  if (!check) {
    const written = await writeFiles(made);
    for (const path of written) terminal.out(`${path}\n`);
    if (written.length === 0) terminal.out('nothing has changed\n');
    return EXIT_OK;
  }
  const { output, command } = made;
  const { changed, stale } = await differences(made);
  for (const { path } of changed) terminal.err(`${join(output, path)}: is not what its sources say\n`);
  for (const path of stale) terminal.err(`${join(output, path)}: nothing makes it any more\n`);
  if (changed.length + stale.length === 0) return EXIT_OK;
  terminal.err(`run: ${command}\n`);
  return EXIT_FAILED;
}

/** Gives the paths of what was written. */
export async function writeFiles(made: Omit<GeneratedFiles, 'command'>): Promise<readonly string[]> {
  const { output } = made;
  const { changed, stale } = await differences(made);
  for (const { path, text } of changed) {
    await mkdir(dirname(join(output, path)), { recursive: true });
    await writeFile(join(output, path), text);
  }
  for (const path of stale) await rm(join(output, path));
  return changed.map(({ path }) => join(output, path));
}

async function differences({ output, files, isOurs }: Omit<GeneratedFiles, 'command'>) {
  const there = await textsIn(output);
  const made = new Set(files.map(({ path }) => path));
  return {
    changed: files.filter(({ path, text }) => there.get(path) !== text),
    stale: [...there].filter(([path, text]) => !made.has(path) && isOurs(text)).map(([path]) => path),
  };
}

async function textsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const look = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true }).catch(() => [])) {
      const inner = posix.join(path, entry.name);
      if (entry.isDirectory()) await look(inner);
      else if (/\.(ts|json|graphql)$/.test(entry.name))
        texts.set(inner, await readFile(join(folder, inner), 'utf8'));
    }
  };
  await look('');
  return texts;
}
