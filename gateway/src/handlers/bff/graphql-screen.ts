/** A screen as a field of the root type `Query`, and its parts as the fields of that field's type. */
import { type GraphQLField, type GraphQLObjectType, isNonNullType, isObjectType } from 'graphql';
import type { Operation } from '../../bff/operation.ts';
import type { ScreenRun } from '../../bff/screen/engine.ts';
import type { Screen } from '../../bff/screen/screen.ts';
import { argumentsOf, bindArguments } from './arguments.ts';
import type { RequestRuns } from './request-runs.ts';

/** The object types that operations answer with: resolvers hang on them, so that each has one of its own. */
export type OperationTypes = Map<GraphQLObjectType, Operation>;

/** A field of a root type. */
export type OperationField = GraphQLField<unknown, RequestRuns>;

/** Which resolver is whose: one that something else stands in front of, such as a limit, is none of these. */
const screens = new WeakMap<object, Screen>();
const parts = new WeakMap<object, string>();

/** The screen that a field's resolver begins, and nothing else. */
export function screenOf({ resolve }: Pick<GraphQLField<unknown, unknown>, 'resolve'>): Screen | undefined {
  return resolve && screens.get(resolve);
}

/** The part whose value is a field's. */
export function partOf({ resolve }: Pick<GraphQLField<unknown, unknown>, 'resolve'>): string | undefined {
  return resolve && parts.get(resolve);
}

/** Hangs the screen's resolvers on the schema. What does not fit goes to `faults`, a line each. */
export function bindScreen(
  screen: Screen,
  root: GraphQLObjectType,
  field: OperationField,
  types: OperationTypes,
  faults: string[],
): void {
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  if (!isObjectType(type)) {
    faults.push(`screen ${screen.path}: ${root.name}.${screen.field} is not of an object type`);
    return;
  }
  const other = types.get(type);
  if (other) {
    faults.push(`screens ${other.path} and ${screen.path}: both are of type ${type.name}; give each its own`);
    return;
  }
  types.set(type, screen);
  bindArguments(screen, root.name, field, faults);
  field.resolve = (_source, given, runs: RequestRuns) => {
    const input = argumentsOf(screen, given);
    const refusal = runs.refusalOf(screen);
    if (refusal === undefined) return runs.runOf(screen, input);
    return Promise.resolve(refusal).then((refused) => {
      if (refused) throw refused;
      return runs.runOf(screen, input);
    });
  };
  screens.set(field.resolve, screen);
  bindParts(screen, type, faults);
}

/** Hangs resolvers of a screen's parts on its type. */
export function bindParts(screen: Screen, type: GraphQLObjectType, faults: string[]): void {
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
    parts.set(field.resolve, name);
  }
}
