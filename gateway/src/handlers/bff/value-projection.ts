/**
 * What a selection asks of a value that is there already, compiled once for a document: the object that graphql-js would
 * make of it with its default resolvers (GraphQL §6.4). It makes whole answers alone: for any value that would be an error
 * in the answer, and for any that is not plain data (a function, a promise), it throws `IRREGULAR`, and graphql-js is to be
 * asked instead, which says what is wrong.
 */
import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type SelectionScope, selectedKeys, selectionsBelow } from './selected-keys.ts';

export type Projection = (value: unknown) => unknown;

/** Thrown for a value, or for a selection, that only graphql-js can answer. One for all: nobody reads its stack. */
export const IRREGULAR = new Error('to be executed by graphql-js');

interface ProjectedField {
  readonly key: string;
  /** The member of the value. */
  readonly name: string;
  readonly project: Projection;
}

/** A projection to a type. Throws `IRREGULAR` where the selection has what only graphql-js knows. */
export function projectionTo(
  scope: SelectionScope,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Projection {
  if (isNonNullType(type)) return present(projectionOf(scope, type.ofType, nodes));
  return nullable(projectionOf(scope, type, nodes));
}

/** A key that an object of any prototype keeps as its own. */
export function safeKey(key: string): string {
  if (key === '__proto__') throw IRREGULAR;
  return key;
}

/** Of what is not null. */
function projectionOf(
  scope: SelectionScope,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Projection {
  if (isListType(type)) return list(projectionTo(scope, type.ofType, nodes));
  if (isLeafType(type)) return type === GraphQLString ? text : leaf(type);
  if (isObjectType(type)) return object(scope, type, nodes);
  if (isNonNullType(type)) throw IRREGULAR;
  return abstract(scope, type, nodes);
}

function present(project: Projection): Projection {
  return (value) => {
    if (value === null || value === undefined) throw IRREGULAR;
    return project(value);
  };
}

function nullable(project: Projection): Projection {
  return (value) => (value === null || value === undefined ? null : project(value));
}

function list(project: Projection): Projection {
  return (value) => {
    if (!Array.isArray(value)) throw IRREGULAR;
    const items: unknown[] = [];
    // Not `map`, which leaves holes as they are.
    for (let i = 0; i < value.length; i += 1) items.push(project(value[i]));
    return items;
  };
}

function text(value: unknown): unknown {
  return typeof value === 'string' ? value : serialized(GraphQLString, value);
}

function leaf(type: GraphQLLeafType): Projection {
  return (value) => serialized(type, value);
}

function serialized(type: GraphQLLeafType, value: unknown): unknown {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) checkPlain(value);
  // It throws what graphql-js will throw again.
  const made: unknown = type.serialize(value);
  if (made === undefined || made === null) throw IRREGULAR;
  return made;
}

function object(scope: SelectionScope, type: GraphQLObjectType, nodes: readonly FieldNode[]): Projection {
  if (type.isTypeOf) throw IRREGULAR;
  const fields = fieldsOf(scope, type, nodes);
  return (value) => {
    if (typeof value !== 'object' || value === null) throw IRREGULAR;
    checkPlain(value);
    const made: Record<string, unknown> = {};
    for (const { key, name, project } of fields) made[key] = project(Reflect.get(value, name));
    return made;
  };
}

/** What a value's own `__typename` tells; the types that never come are never compiled. */
function abstract(scope: SelectionScope, type: GraphQLAbstractType, nodes: readonly FieldNode[]): Projection {
  if (type.resolveType) throw IRREGULAR;
  const known = new Map<string, Projection>();
  return (value) => {
    const name: unknown = typeof value === 'object' && value !== null && Reflect.get(value, '__typename');
    if (typeof name !== 'string') throw IRREGULAR;
    let project = known.get(name);
    if (!project) {
      const actual = scope.schema.getType(name);
      if (!isObjectType(actual) || !scope.schema.isSubType(type, actual)) throw IRREGULAR;
      project = object(scope, actual, nodes);
      known.set(name, project);
    }
    return project(value);
  };
}

function fieldsOf(
  scope: SelectionScope,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): readonly ProjectedField[] {
  const fields: ProjectedField[] = [];
  for (const [key, asked] of selectedKeys(scope, type, selectionsBelow(nodes))) {
    const name = asked[0]?.name.value ?? '';
    if (name === '__typename') {
      fields.push({ key: safeKey(key), name, project: () => type.name });
      continue;
    }
    const field = type.getFields()[name];
    // What has a resolver, or arguments for one, is not the value's own.
    if (!field || field.resolve || field.args.length > 0) throw IRREGULAR;
    fields.push({ key: safeKey(key), name, project: projectionTo(scope, field.type, asked) });
  }
  return fields;
}

/** An error is thrown by graphql-js, a function called, a promise awaited. */
function checkPlain(value: object): void {
  if (typeof value === 'function' || value instanceof Error) throw IRREGULAR;
  if (typeof Reflect.get(value, 'then') === 'function') throw IRREGULAR;
}
