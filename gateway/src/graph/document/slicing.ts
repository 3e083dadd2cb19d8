/**
 * How long a list may become: by `@listSize`, by arguments that say so under their usual names, or by assumption. What
 * is known when an operation is prepared is a number; what depends on variables is a function of them.
 */
import { type FieldNode, type GraphQLField, Kind, type ValueNode } from 'graphql';
import { type DataObject, getOwn, isDataObject } from '../execute/data.ts';
import type { ListSize } from './cost-weights.ts';
import { refusal } from './limits.ts';

/** The assumed length of a list of which nothing is known. */
export const ASSUMED_LIST_SIZE = 10;
/** What asks for a number of items where no `@listSize` says so. */
const USUAL_NAMES = ['first', 'last', 'limit'];
/** Lists of a Relay connection, or of what looks like one. */
const USUAL_LISTS = ['edges', 'nodes', 'items'];

export type Amount = number | ((variables: DataObject) => number);

export interface SizeLimits {
  /** The most items that one list may be asked for. */
  readonly listSize: number;
  /** Whether a missing or second slicing argument is refused where `@listSize` wants exactly one. */
  readonly strict: boolean;
}

export interface Sizes {
  /** Of the field itself, where it is a list. */
  readonly own: Amount;
  /** Of lists just below it. */
  readonly below: ReadonlyMap<string, Amount> | undefined;
}

type Given = (variables: DataObject) => unknown;

/** `isList`: whether the field itself is one. */
export function sizesOf(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  isList: boolean,
  listSize: ListSize | undefined,
  limits: SizeLimits,
): Sizes {
  const assumed = listSize?.assumedSize ?? ASSUMED_LIST_SIZE;
  if (listSize) {
    const sliced = slicedBy(definition, node, listSize.slicingArguments, listSize.requireOne, limits);
    const size = orElse(sliced, assumed);
    if (listSize.sizedFields.length === 0) return { own: isList ? size : 1, below: undefined };
    return {
      own: isList ? ASSUMED_LIST_SIZE : 1,
      below: new Map(listSize.sizedFields.map((name) => [name, size])),
    };
  }
  const usual = USUAL_NAMES.filter((name) => definition.args.some((argument) => argument.name === name));
  if (usual.length === 0) return isList ? UNKNOWN_LIST : ONE;
  const size = orElse(
    slicedBy(
      definition,
      node,
      usual.map((name) => [name]),
      false,
      limits,
    ),
    assumed,
  );
  if (isList) return { own: size, below: undefined };
  return { own: 1, below: new Map(USUAL_LISTS.map((name) => [name, size])) };
}

const ONE: Sizes = { own: 1, below: undefined };
const UNKNOWN_LIST: Sizes = { own: ASSUMED_LIST_SIZE, below: undefined };

/** The largest of the slicing arguments that are given; -1 where none is. */
function slicedBy(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  paths: readonly (readonly string[])[],
  requireOne: boolean,
  limits: SizeLimits,
): Amount {
  const given = paths.map((path) => givenAt(definition, node, path));
  const strict = limits.strict && requireOne && paths.length > 0;
  const size = (variables: DataObject): number => {
    let largest = -1;
    let count = 0;
    for (const read of given) {
      const value = typeof read === 'function' ? read(variables) : read;
      if (typeof value !== 'number') continue;
      count += 1;
      largest = Math.max(largest, checkedSize(value, definition.name, limits));
    }
    if (strict && count !== 1) {
      const names = paths.map((path) => `"${path.join('.')}"`).join(', ');
      throw refusal(`The field "${definition.name}" takes exactly one of ${names}.`);
    }
    return largest;
  };
  return given.some((read) => typeof read === 'function') ? size : size({});
}

function checkedSize(size: number, field: string, { listSize }: SizeLimits): number {
  if (size < 0) throw refusal(`The field "${field}" is asked for less than no items.`);
  if (size > listSize) throw refusal(`The field "${field}" is asked for more than ${listSize} items.`);
  return size;
}

function orElse(size: Amount, otherwise: number): Amount {
  if (typeof size === 'number') return size < 0 ? otherwise : size;
  return (variables) => {
    const found = size(variables);
    return found < 0 ? otherwise : found;
  };
}

/** What stands at a path of an argument: the value itself, or how to read it from the variables. */
function givenAt(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  [name, ...path]: readonly string[],
): unknown | Given {
  const argument = definition.args.find((candidate) => candidate.name === name);
  if (!argument) return undefined;
  const otherwise = at(argument.defaultValue, path);
  const value = node.arguments?.find((candidate) => candidate.name.value === name)?.value;
  return value ? read(value, path, otherwise) : otherwise;
}

function read(value: ValueNode, path: readonly string[], otherwise: unknown): unknown | Given {
  switch (value.kind) {
    case Kind.VARIABLE: {
      const name = value.name.value;
      return (variables: DataObject) => {
        const given = getOwn(variables, name);
        return given === undefined ? otherwise : at(given, path);
      };
    }
    case Kind.INT:
    case Kind.FLOAT:
      return path.length === 0 ? Number(value.value) : undefined;
    case Kind.OBJECT: {
      const [name, ...rest] = path;
      const field = value.fields.find((candidate) => candidate.name.value === name);
      return field ? read(field.value, rest, undefined) : undefined;
    }
    default:
      return undefined;
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = isDataObject(found) ? getOwn(found, name) : undefined;
  return found;
}
