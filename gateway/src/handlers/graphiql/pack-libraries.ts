/** Puts what the GraphiQL page loads into the compiled gateway: the last step of its `prepack`, in the gateway's folder. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { filesToPack } from './libraries.ts';

/** `directory`: of the gateway, compiled to its `dist`. */
export function packLibraries(directory: string): void {
  const folder = join(directory, 'dist/handlers/graphiql/libraries');
  mkdirSync(folder, { recursive: true });
  for (const [name, path] of filesToPack()) cpSync(path, join(folder, name), { dereference: true });
}

if (import.meta.main) packLibraries(process.cwd());
