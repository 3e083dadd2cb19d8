/**
 * Holds what an entry of `plugins` tells its plugin to the plugin's own schema, which is known once its code is loaded:
 * faults have the file, line and column of the key, as those of any other setting have.
 */
import type { z } from 'zod';
import type { PluginConfig } from '../plugin/config.ts';
import { type Fault, faultAt, formatPath, type Path } from './fault.ts';
import { retype, validate } from './issues.ts';
import { type MapNode, type Node, nodeAt, positionOf, toPlain } from './tree.ts';

interface Place {
  readonly root: Node;
  readonly index: number;
}

/** By what stands under `config`, which stays one object through whatever is made of its entry. */
const places = new WeakMap<object, Place>();

/** Call it while the tree is there. */
export function rememberPlugins(plugins: readonly PluginConfig[], root: Node): void {
  for (const [index, { config }] of plugins.entries()) places.set(config, { root, index });
}

/** A fault of one entry, at `path` within it. One that came from no file has no place. */
export function pluginFault({ config }: Pick<PluginConfig, 'config'>, path: Path, message: string): Fault {
  const place = places.get(config);
  const full = ['plugins', place?.index ?? 0, ...path];
  if (!place) return { file: '', line: 0, column: 0, path: formatPath(path), message };
  return faultAt(positionOf(place.root, full), full, message);
}

/** What the plugin is told, with texts of the environment in the types that it asks for, or every fault. */
export function readPluginConfig(
  { config }: Pick<PluginConfig, 'config'>,
  schema: z.ZodType,
): { readonly value: unknown; readonly faults: readonly Fault[] } {
  const place = places.get(config);
  const written = place && nodeAt(place.root, ['plugins', place.index, 'config']);
  const node: MapNode | undefined =
    written?.kind === 'map'
      ? written
      : place && { kind: 'map', at: positionOf(place.root, ['plugins', place.index]), entries: new Map() };
  if (!node || !place) {
    const result = schema.safeParse(config);
    const faults = result.success
      ? []
      : result.error.issues.map(({ path, message }) => pluginFault({ config }, ['config', ...path], message));
    return { value: config, faults };
  }
  retype(schema, node, toPlain(node));
  const value = toPlain(node);
  const { faults } = validate(schema, node, value);
  const prefix = `plugins[${place.index}].config`;
  return {
    value,
    faults: faults.map((fault) => ({ ...fault, path: [prefix, fault.path].filter(Boolean).join('.') })),
  };
}
