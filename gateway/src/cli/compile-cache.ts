/**
 * Keeps what Node compiles (types stripped, bytecode) from one start to the next: a start then takes less than half
 * of the CPU. It stands inside this installation, so that whoever could change it could change the program as well;
 * a shared folder for temporary files would give that to others. Where it cannot be written, each start compiles anew.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/frontdesk', import.meta.url));

/** `NODE_COMPILE_CACHE` names another folder, `NODE_DISABLE_COMPILE_CACHE=1` switches it off. Never throws. */
export function keepCompiled(folder = FOLDER): string | undefined {
  return enableCompileCache(folder).directory;
}
