/**
 * A BFF's schema, bound to its screens. Binding is where the two halves of the contract meet, so every
 * disagreement between them is an error at start: a screen or part without a field, a field without a part, a
 * required part that the schema calls nullable, an optional one that it promises.
 */
import { readFile } from 'node:fs/promises';
import {
  buildSchema,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  validateSchema,
} from 'graphql';
import type { Bff } from '../../bff/definition.ts';
import type { ScreenRun } from '../../bff/engine.ts';
import type { Screen } from '../../bff/screen.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import { argumentsOf, bindArguments } from './arguments.ts';
import type { DrawField, FieldDraw } from './field-limits.ts';

/** A BFF whose parts do not fit together; `faults` has one line for each. */
export class BffError extends Error {
  override readonly name = 'BffError';
  readonly faults: readonly string[];

  constructor(bff: string, faults: readonly string[]) {
    super(`BFF ${bff}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** What resolvers are given: the runs of this request, one for each screen and what it is told. */
export interface ScreenRuns {
  runOf(screen: Screen, input: Readonly<Record<string, unknown>>): ScreenRun;
  /** Why this caller may not see a screen, if so. */
  refusalOf(screen: Screen): FrontdeskError | undefined | Promise<FrontdeskError | undefined>;
  /** Who asks, in parts, for limits on fields. */
  caller(): readonly string[];
}

/**
 * Reads and binds the schema. Rejects with a `BffError` that names every fault. `draw`: where fields with `@rateLimit` draw
 * from. Default: nowhere, they are not limited.
 */
export async function bindSchema(bff: Bff, draw?: DrawField): Promise<GraphQLSchema> {
  const written = await readSchema(bff);
  // It brings a library, which a schema without the directive never loads.
  const limits = written.includes('@rateLimit') ? await import('./rate-limit.ts') : undefined;
  const text = limits ? `${written}\n${limits.rateLimitTypeDefs}` : written;
  let schema: GraphQLSchema;
  try {
    schema = buildSchema(text);
  } catch (cause) {
    throw new BffError(bff.name, [
      `the schema is invalid: ${cause instanceof Error ? cause.message : cause}`,
    ]);
  }
  const faults = validateSchema(schema).map((error) => `the schema is invalid: ${error.message}`);
  const query = schema.getQueryType();
  if (!query) faults.push('the schema has no type Query');
  if (query) {
    const types = new Map<GraphQLObjectType, Screen>();
    for (const screen of bff.screens) bindScreen(screen, query, types, faults);
    const fields = new Set(bff.screens.map((screen) => screen.field));
    for (const field of Object.keys(query.getFields())) {
      if (!fields.has(field)) faults.push(`Query.${field} is in the schema, but there is no such screen`);
    }
  }
  const limited = limits?.withRateLimits(schema, { bff: bff.name, draw: draw ?? drawNothing }, faults);
  if (faults.length > 0) throw new BffError(bff.name, faults);
  return limited ?? schema;
}

function drawNothing(): FieldDraw {
  return { allowed: true, remaining: 0, retryAfterMs: 0 };
}

async function readSchema({ name, schema }: Bff): Promise<string> {
  if (typeof schema === 'string') return schema;
  try {
    return await readFile(schema, 'utf8');
  } catch (cause) {
    throw new BffError(name, [`the schema can't be read: ${cause instanceof Error ? cause.message : cause}`]);
  }
}

function bindScreen(
  screen: Screen,
  query: GraphQLObjectType,
  types: Map<GraphQLObjectType, Screen>,
  faults: string[],
): void {
  const field = query.getFields()[screen.field];
  if (!field) {
    faults.push(`screen ${screen.path}: the schema has no Query.${screen.field}`);
    return;
  }
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  if (!isObjectType(type)) {
    faults.push(`screen ${screen.path}: Query.${screen.field} is not of an object type`);
    return;
  }
  const other = types.get(type);
  if (other) {
    faults.push(`screens ${other.path} and ${screen.path}: both are of type ${type.name}; give each its own`);
    return;
  }
  types.set(type, screen);
  bindArguments(screen, 'Query', field, faults);
  field.resolve = (_source, given, runs: ScreenRuns) => {
    const input = argumentsOf(screen, given);
    const refusal = runs.refusalOf(screen);
    if (refusal === undefined) return runs.runOf(screen, input);
    return Promise.resolve(refusal).then((refused) => {
      if (refused) throw refused;
      return runs.runOf(screen, input);
    });
  };
  bindParts(screen, type, faults);
}

function bindParts(screen: Screen, type: GraphQLObjectType, faults: string[]): void {
  const fields = type.getFields();
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(screen.parts, name))
      faults.push(`${type.name}.${name}: screen ${screen.path} has no such part`);
  }
  for (const [name, part] of Object.entries(screen.parts)) {
    const field = fields[name];
    if (!field) {
      faults.push(`screen ${screen.path}: the schema has no ${type.name}.${name}`);
      continue;
    }
    const promised = isNonNullType(field.type);
    const canBeNull = !part.required && (part.fallback?.value ?? null) === null;
    if (part.required && !promised)
      faults.push(`${type.name}.${name}: the part is required, so write ${field.type}!`);
    if (canBeNull && promised) {
      faults.push(`${type.name}.${name}: the part may fail, so it must be nullable, or have a fallback`);
    }
    field.resolve = async (run: ScreenRun) => {
      const { value, failure } = await run.part(name);
      if (failure && value === null) throw failure;
      return value;
    };
  }
}
