/** A description, loaded: which operation a request is, by the path it asks for. */
import type { Clock } from '../core/clock.ts';
import type { InlineConfig, OpenapiConfig, ValidateConfig } from './config.ts';
import { DescriptionError } from './description-error.ts';
import { Documents } from './documents.ts';
import { type InlineDocuments, readInline } from './inline.ts';
import { readOpenapi, UnknownOperation } from './openapi.ts';
import type { Operation } from './operation.ts';
import { PathIndex } from './path-index.ts';

export type Found =
  | { readonly operation: Operation; readonly params: Readonly<Record<string, string>> }
  /** Methods that the path has; `undefined` where there is no such path. */
  | { readonly methods: readonly string[] | undefined };

export interface Description {
  /** `path` as the description means it; `params` are the route's own. */
  find(method: string, path: string, params: Readonly<Record<string, string>>): Found;
}

/** Loaded descriptions by what they were made of: a reload compiles only what has changed. */
export interface KeptDescriptions {
  once(key: string, make: () => Promise<Description>): Promise<Description>;
}

export interface LoadParts {
  readonly kept: KeptDescriptions;
  readonly clock: Clock;
  /** What to say of a name that is not known. */
  readonly suggest: (name: string, known: readonly string[]) => string;
}

/** Reads the files anew and compiles them where they have changed. Rejects with `DescriptionError`. */
export async function loadDescription(config: ValidateConfig, parts: LoadParts): Promise<Description> {
  return 'openapi' in config ? loadOpenapi(config, parts) : loadInline(config, parts);
}

async function loadOpenapi(config: OpenapiConfig, { kept, clock, suggest }: LoadParts): Promise<Description> {
  const documents = await Documents.read(config.openapi, 'openapi');
  return kept.once(`${documents.digest()} ${JSON.stringify(config)}`, async () => {
    try {
      const { operations, basePaths, checks } = readOpenapi(documents, config);
      for (const one of checks) await compiled(one.compile(clock), 'openapi');
      return openapiDescription(operations, basePaths, config.operation !== undefined);
    } catch (error) {
      if (!(error instanceof UnknownOperation)) throw error;
      const { asked, known } = error;
      if (asked === undefined) throw new DescriptionError('openapi', '', 'has no operations');
      throw new DescriptionError('operation', '', `${error.message}; ${suggest(asked, known)}`);
    }
  });
}

function openapiDescription(
  operations: ReturnType<typeof readOpenapi>['operations'],
  basePaths: readonly string[],
  isOne: boolean,
): Description {
  const byPath = new Map<string, Map<string, Operation>>();
  for (const { template, operation } of operations) {
    const methods = byPath.get(template) ?? new Map<string, Operation>();
    methods.set(operation.method ?? '', operation);
    byPath.set(template, methods);
  }
  const index = new PathIndex(byPath);
  const [only] = isOne ? operations : [];
  return {
    find(method, path, params) {
      const base = basePaths.find((one) => path === one || path.startsWith(`${one}/`)) ?? '';
      const found = index.find(path.slice(base.length) || '/');
      // A route that names its operation may have a path of its own.
      const methods = found?.value ?? (only && byPath.get(only.template));
      if (!methods) return { methods: undefined };
      const operation = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined);
      return operation ? { operation, params: found?.params ?? params } : { methods: [...methods.keys()] };
    },
  };
}

async function loadInline(config: InlineConfig, { kept, clock }: LoadParts): Promise<Description> {
  const documents: { -readonly [K in keyof InlineDocuments]: Documents } = {};
  const digests: string[] = [];
  for (const setting of ['params', 'query', 'headers', 'body'] as const) {
    const said = config[setting];
    if (said === undefined) continue;
    const one = await (typeof said === 'string'
      ? Documents.read(said, setting)
      : Documents.inline(said, setting));
    documents[setting] = one;
    digests.push(one.digest());
  }
  return kept.once(`${digests.join(' ')} ${JSON.stringify(config)}`, async () => {
    const { operation, checks } = readInline(documents, config);
    const settings = Object.keys(documents);
    for (const [i, one] of checks.entries()) await compiled(one.compile(clock), settings[i] ?? 'body');
    return { find: (_, __, params) => ({ operation, params }) };
  });
}

/** What ajv refuses, it names without a place. */
async function compiled(compiling: Promise<void>, setting: string): Promise<void> {
  try {
    await compiling;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be compiled';
    throw new DescriptionError(setting, '', `has a schema that is none: ${why}`);
  }
}
