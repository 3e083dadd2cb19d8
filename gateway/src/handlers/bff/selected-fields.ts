/**
 * `?fields=user,orders.total` on the REST face: what a caller wants of an answer, held to the BFF's schema. A name that
 * the schema does not know is a fault that names it: what is misspelt must not look as if it were not there.
 */
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import { parseFields, takeParameter } from '../../wire/json/field-selection.ts';
import type { PathTree } from '../../wire/json/json-tree.ts';
import type { Selection } from './answer-shape.ts';

const FIELDS_PARAMETER = 'fields';
const SELECTION = { param: FIELDS_PARAMETER, max: 100, forward: false } as const;
/** Most faults that are told at once. */
const MAX_FAULTS = 20;

/** Throws `bad_request` for what is no list of names, `invalid_request` for names that `type` does not have. */
export function selectedFields(query: string, type: GraphQLOutputType, schema: GraphQLSchema): Selection {
  if (query === '') return undefined;
  const { value } = takeParameter(query, FIELDS_PARAMETER);
  if (value === undefined) return undefined;
  const selection = parseFields(value, SELECTION);
  if (!selection) return undefined;
  const unknown: string[] = [];
  check(selection, new Set([getNamedType(type)]), schema, '', unknown);
  if (unknown.length === 0) return selection;
  const errors = unknown.map((name) => ({
    detail: `There is no field ${name}`,
    parameter: FIELDS_PARAMETER,
  }));
  throw new FrontdeskError('invalid_request', { members: { errors } });
}

/** `types`: all that may stand here, together, so that it is as much work as there are names, whatever types hold each other. */
function check(
  selection: PathTree<true>,
  types: ReadonlySet<GraphQLNamedType>,
  schema: GraphQLSchema,
  prefix: string,
  unknown: string[],
): void {
  const holders = new Set([...types].flatMap((type) => objectsOf(type, schema)));
  const typesOf = (named?: string): Set<GraphQLNamedType> => {
    const found = new Set<GraphQLNamedType>();
    for (const holder of holders) {
      const fields = holder.getFields();
      const own = named === undefined ? Object.values(fields) : (fields[named] ?? []);
      for (const { type } of [own].flat()) found.add(getNamedType(type));
    }
    return found;
  };
  for (const name of selection.names) {
    if (unknown.length >= MAX_FAULTS) return;
    const child = selection.member(name);
    const found = typesOf(name);
    if (found.size === 0) unknown.push(prefix + name);
    else if (child) check(child, found, schema, `${prefix}${name}.`, unknown);
  }
  if (selection.each && holders.size === 0) unknown.push(`${prefix}*`);
  else if (selection.each) check(selection.each, typesOf(), schema, `${prefix}*.`, unknown);
}

function objectsOf(type: GraphQLNamedType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return isObjectType(type) ? [type] : isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}
