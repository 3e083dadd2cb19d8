/** Loads a BFF's package for a command that only looks at it. */
import { loadBff } from '../handlers/bff/load.ts';
import type { LoadBff } from '../mounts/route-listing.ts';
import { reasonOf } from './reason.ts';
import type { Terminal } from './terminal.ts';

/** Packages are looked for from `folder`, the configuration file's. */
export function bffLoader(folder: string, terminal: Terminal): LoadBff {
  return async (specifier) => {
    try {
      return await loadBff(specifier, folder);
    } catch (error) {
      terminal.err(`${specifier}: ${reasonOf(error)}\n`);
      return undefined;
    }
  };
}
