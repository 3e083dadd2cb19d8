/**
 * Which settings of a configuration are secret: those whose schema is marked so (`settings/secret.ts`), whichever alternative
 * of it a value took. Where alternatives differ, a setting is secret if it is in any of them.
 */
import { z } from 'zod';
import { formatPath, type Path } from './fault.ts';
import { type Config, configSchema } from './schema.ts';

/** Their paths, as `admin.token` or `auth.session.keys[0]`: those that are set. */
export function secretSettings(config: Config): ReadonlySet<string> {
  const found = new Set<string>();
  walk(configSchema, config, [], found);
  return found;
}

function walk(schema: unknown, value: unknown, path: Path, found: Set<string>): void {
  if (!(schema instanceof z.ZodType) || value === undefined || value === null) return;
  if (z.globalRegistry.get(schema)?.writeOnly === true) {
    found.add(formatPath(path));
    return;
  }
  if (schema instanceof z.ZodPipe) {
    walk(schema.in, value, path, found);
    walk(schema.out, value, path, found);
  } else if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) walk(option, value, path, found);
  } else if (schema instanceof z.ZodIntersection) {
    walk(schema.def.left, value, path, found);
    walk(schema.def.right, value, path, found);
  } else if (schema instanceof z.ZodLazy) walk(schema.def.getter(), value, path, found);
  else if ('innerType' in schema.def) walk(schema.def.innerType, value, path, found);
  else inside(schema, value, path, found);
}

function inside(schema: z.ZodType, value: unknown, path: Path, found: Set<string>): void {
  if (Array.isArray(value)) {
    if (!(schema instanceof z.ZodArray)) return;
    for (const [i, item] of value.entries()) walk(schema.element, item, [...path, i], found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const of =
        schema instanceof z.ZodObject
          ? schema.shape[key]
          : schema instanceof z.ZodRecord
            ? schema.valueType
            : undefined;
      walk(of, item, [...path, key], found);
    }
  }
}
