/** JSON Schemas of a route's own, written in the configuration or in files, as an operation. */
import { isJsonType } from '../wire/media-type.ts';
import { Checks } from './compile.ts';
import type { InlineConfig, SCHEMA_SETTINGS } from './config.ts';
import type { Documents } from './documents.ts';
import { FORM } from './openapi-body.ts';
import type { BodyRule, Operation, ParameterGroup } from './operation.ts';
import { shapeOf } from './text-shape.ts';

export type InlineDocuments = Readonly<Partial<Record<(typeof SCHEMA_SETTINGS)[number], Documents>>>;

/** The checks are to be compiled before the operation is used. @throws DescriptionError */
export function readInline(
  documents: InlineDocuments,
  config: InlineConfig,
): { readonly operation: Operation; readonly checks: readonly Checks[] } {
  const checks: Checks[] = [];
  const described = (one: Documents): Pick<ParameterGroup, 'shape' | 'check'> => {
    const own = new Checks({
      documents: one,
      direction: 'request',
      isOldDialect: false,
      isStrict: config.strict,
      takesAnyPattern: config.patterns === 'any',
    });
    checks.push(own);
    return { shape: shapeOf(one, one.root), check: own.add(one.root) };
  };
  const groups: ParameterGroup[] = [];
  for (const [setting, place] of [
    ['params', 'path'],
    ['query', 'query'],
    ['headers', 'header'],
  ] as const) {
    const one = documents[setting];
    if (one) groups.push({ in: place, ...described(one) });
  }
  const body = documents.body && described(documents.body);
  const ranges = config.contentTypes ?? (body && ['application/json']);
  const operation: Operation = {
    method: undefined,
    id: undefined,
    parameters: [],
    groups,
    refusesUnknownQuery: config.unknownQuery === 'refuse',
    bodies: ranges?.map((range): BodyRule => {
      const kind = !body ? 'unread' : isJsonType(range) ? 'json' : range === FORM ? 'form' : 'unread';
      const shape = body?.shape ?? {
        types: new Set(),
        items: undefined,
        properties: new Map(),
        additional: undefined,
      };
      return { range, kind, shape, encoding: new Map(), check: kind === 'unread' ? undefined : body?.check };
    }),
    takesAnyBody: ranges === undefined,
    requiresBody: body !== undefined && config.bodyRequired,
    replies: undefined,
  };
  return { operation, checks };
}
