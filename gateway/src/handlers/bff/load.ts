/** Finds the BFF packages that a configuration names. Code is loaded once; a new version needs a new process. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Bff, isBff } from '../../bff/definition.ts';
import { BffError } from './schema.ts';

/**
 * The BFF that a package exports by default. Names and relative paths are resolved from `folder`, the
 * configuration file's. Rejects with a `BffError` that says what is wrong with it.
 */
export async function loadBff(packageName: string, folder: string): Promise<Bff> {
  const path = modulePath(packageName, folder);
  let module: object;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    if (cause instanceof BffError) throw cause;
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new BffError(packageName, [`it could not be loaded: ${said}`]);
  }
  const exported: unknown = Reflect.get(module, 'default');
  if (!isBff(exported))
    throw new BffError(packageName, ['its default export is no BFF: export default defineBff(…)']);
  return exported;
}

/** The module that a package is entered by. Throws a `BffError` where there is none. */
function modulePath(packageName: string, folder: string): string {
  try {
    return resolveFrom(folder, packageName);
  } catch (cause) {
    throw new BffError(packageName, [`there is no such package (${codeOf(cause)}); is it installed?`]);
  }
}

/**
 * As the configuration file sees it; else a package that stands beside the gateway's own, such as in an image whose
 * configuration is mounted elsewhere.
 */
function resolveFrom(folder: string, name: string): string {
  const require = createRequire(join(folder, 'frontdesk.yaml'));
  try {
    return require.resolve(name);
  } catch (cause) {
    if (/^(\.{1,2}\/|\/)/.test(name) || codeOf(cause) !== 'MODULE_NOT_FOUND') throw cause;
    return require.resolve(name, { paths: [import.meta.dirname] });
  }
}

/** The folder of a package: that of its package.json, or of its module where there is none above it. */
export function packageFolder(packageName: string, folder: string): string {
  const path = modulePath(packageName, folder);
  for (let at = dirname(path); at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, 'package.json'))) return at;
  return dirname(path);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'not found';
}
