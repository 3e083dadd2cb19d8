/** Finds the packages of plugins. Code is loaded once; a new version needs a new process. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPlugin, type Plugin } from './definition.ts';
import { PluginError } from './plugin-error.ts';

export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** What is its code: its package's folder, or the folder of a module that was named by its path. */
  readonly folder: string;
  /** The module that it is entered by. */
  readonly file: string;
}

/**
 * The plugin that a package exports by default. Names and relative paths are resolved from `folder`, the configuration
 * file's. Rejects with a `PluginError` that says what is wrong with it.
 */
export async function loadPlugin(packageName: string, folder: string): Promise<LoadedPlugin> {
  const file = moduleOf(packageName, folder);
  let module: object;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (cause) {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new PluginError(packageName, [`it could not be loaded: ${said}`]);
  }
  const exported: unknown = Reflect.get(module, 'default');
  if (!isPlugin(exported))
    throw new PluginError(packageName, ['its default export is no plugin: export default definePlugin(…)']);
  return { plugin: exported, folder: homeOf(packageName, file), file };
}

function moduleOf(packageName: string, folder: string): string {
  try {
    return resolveFrom(folder, packageName);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not found';
    throw new PluginError(packageName, [`there is no such package (${code}); is it installed?`]);
  }
}

/** As the configuration file sees it; else a package that stands beside the gateway's own, such as in an image. */
function resolveFrom(folder: string, name: string): string {
  const require = createRequire(join(folder, 'frontdesk.yaml'));
  try {
    return require.resolve(name);
  } catch (cause) {
    if (/^(\.{1,2}\/|\/)/.test(name)) throw cause;
    return require.resolve(name, { paths: [import.meta.dirname] });
  }
}

/** Above a module that was named by its path there may be others' code, up to a whole repository. */
function homeOf(packageName: string, file: string): string {
  if (!/^(\.{1,2}\/|\/)/.test(packageName))
    for (let at = dirname(file); at !== dirname(at); at = dirname(at))
      if (existsSync(join(at, 'package.json'))) return at;
  return dirname(file);
}
