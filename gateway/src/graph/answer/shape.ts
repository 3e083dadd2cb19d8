/**
 * What the client asked for, as shapes: for each place the response keys in order (GraphQL §6.3.2,
 * CollectFields, once for each object type that may stand there), each with its type. Made once for an
 * operation; equal places share one shape. Projection works from shapes alone.
 */

import type { GraphQLCompositeType } from 'graphql';
import {
  type FieldNode,
  type GraphQLEnumType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql';
import type { Denial } from '../document/authorization-filter.ts';
import { sourceKey } from '../document/document.ts';
import type { SeparateKeys } from '../document/separate-keys.ts';

export type LeafKind = 'string' | 'id' | 'int' | 'float' | 'boolean' | 'enum' | 'custom';

export interface LeafShape {
  readonly kind: 'leaf';
  readonly nonNull: boolean;
  readonly leaf: LeafKind;
  readonly typeName: string;
  /** The values of an enum that clients may see. */
  readonly values: ReadonlySet<string> | undefined;
}

export interface ListShape {
  readonly kind: 'list';
  readonly nonNull: boolean;
  readonly item: ValueShape;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly nonNull: boolean;
  readonly selection: SelectionShape;
}

/** Introspection: graphql-js has completed it already. */
export interface RawShape {
  readonly kind: 'raw';
  readonly nonNull: false;
}

/** What the caller may not have: no value is ever taken for it, whatever the data holds. */
export interface DeniedShape {
  readonly kind: 'denied';
  readonly nonNull: boolean;
}

export type ValueShape = LeafShape | ListShape | ObjectShape | RawShape | DeniedShape;

export interface FieldShape {
  /** The response key: alias or name. */
  readonly key: string;
  /** The key in the data (`sourceKey`). */
  readonly source: string;
  /** `Type.field`, for messages. */
  readonly coordinate: string;
  /** True for `__typename`, whose value is the name of the object's type. */
  readonly isTypename: boolean;
  readonly value: ValueShape;
}

/** The fields of an object, by its type. */
export interface SelectionShape {
  /** Small and dense, in order of making: compiled code is named by it. */
  readonly id: number;
  /** The static type of the place. */
  readonly typeName: string;
  readonly abstract: boolean;
  readonly byType: ReadonlyMap<string, readonly FieldShape[]>;
  /** For an object whose type nobody asked for: the fields that hold for whatever type it has. */
  readonly anyType: readonly FieldShape[];
}

/** The shape of an operation whose conditions are resolved (`resolveOperation`). */
export function shapeOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fieldNames: ReadonlySet<string>,
  denial?: Denial,
  separate?: SeparateKeys,
): SelectionShape {
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`the schema has no ${operation.operation} type`);
  return new Shaper(schema, fieldNames, denial, separate).selection(
    root,
    operation.selectionSet.selections,
    true,
  );
}

/** The shape of a selection of a resolved operation at a place of this type. */
export function shapeSelection(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  selections: readonly SelectionNode[],
  fieldNames: ReadonlySet<string>,
  atRoot: boolean,
): SelectionShape {
  return new Shaper(schema, fieldNames, undefined, undefined).selection(type, selections, atRoot);
}

const LEAVES: Readonly<Record<string, LeafKind>> = {
  String: 'string',
  ID: 'id',
  Int: 'int',
  Float: 'float',
  Boolean: 'boolean',
};

class Shaper {
  readonly #schema: GraphQLSchema;
  readonly #fieldNames: ReadonlySet<string>;
  readonly #denial: Denial | undefined;
  readonly #separate: SeparateKeys | undefined;
  readonly #selections = new Map<string, SelectionShape>();
  readonly #nodeIds = new Map<object, number>();

  constructor(
    schema: GraphQLSchema,
    fieldNames: ReadonlySet<string>,
    denial: Denial | undefined,
    separate: SeparateKeys | undefined,
  ) {
    this.#schema = schema;
    this.#fieldNames = fieldNames;
    this.#denial = denial;
    this.#separate = separate;
  }

  selection(type: GraphQLCompositeType, nodes: readonly SelectionNode[], isRoot = false): SelectionShape {
    // One place may be reached with one set of nodes through many types: it is shaped once.
    const key = `${type.name}:${nodes.map((node) => this.#idOf(node)).join(',')}`;
    const known = this.#selections.get(key);
    if (known) return known;
    const byType = new Map<string, readonly FieldShape[]>();
    const types = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type];
    for (const possible of types) {
      if (isObjectType(possible)) byType.set(possible.name, this.#fields(possible, nodes, isRoot));
    }
    const shape: SelectionShape = {
      id: this.#selections.size,
      typeName: type.name,
      abstract: isAbstractType(type),
      byType,
      anyType: isAbstractType(type) ? this.#fields(type, nodes, false) : [],
    };
    this.#selections.set(key, shape);
    return shape;
  }

  /** The fields that hold for `type`. For an abstract type: those that hold for all that it may be. */
  #fields(type: GraphQLCompositeType, nodes: readonly SelectionNode[], isRoot: boolean): FieldShape[] {
    const grouped = new Map<string, FieldNode[]>();
    this.#collect(type, nodes, grouped);
    const fields: FieldShape[] = [];
    for (const [key, group] of grouped) {
      const field = group[0] && this.#field(type, key, group, group[0], isRoot);
      if (field) fields.push(field);
    }
    return fields;
  }

  #collect(
    type: GraphQLCompositeType,
    nodes: readonly SelectionNode[],
    into: Map<string, FieldNode[]>,
  ): void {
    for (const node of nodes) {
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value;
        const group = into.get(key);
        if (group) group.push(node);
        else into.set(key, [node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition?.name.value;
        if (condition === undefined || this.#holds(type, condition)) {
          this.#collect(type, node.selectionSet.selections, into);
        }
      }
    }
  }

  #holds(type: GraphQLCompositeType, condition: string): boolean {
    if (type.name === condition) return true;
    const other = this.#schema.getType(condition);
    if (!isAbstractType(other)) return false;
    return (isObjectType(type) || 'getInterfaces' in type) && this.#schema.isSubType(other, type);
  }

  #field(
    type: GraphQLCompositeType,
    key: string,
    group: readonly FieldNode[],
    first: FieldNode,
    isRoot: boolean,
  ): FieldShape | undefined {
    const name = first.name.value;
    const coordinate = `${type.name}.${name}`;
    const source = sourceKey(key, name, this.#fieldNames, this.#separate?.of(first));
    if (name === '__typename') {
      return { key, source, coordinate, isTypename: true, value: leafShape('string', 'String', true) };
    }
    if (isRoot && name.startsWith('__')) {
      // graphql-js answers it, under the client's own name.
      return { key, source: key, coordinate, isTypename: false, value: { kind: 'raw', nonNull: false } };
    }
    if (!('getFields' in type)) return undefined;
    const definition = type.getFields()[name];
    if (!definition) return undefined;
    const value: ValueShape = this.#isDenied(type, name)
      ? { kind: 'denied', nonNull: isNonNullType(definition.type) }
      : this.#value(definition.type, group);
    return { key, source, coordinate, isTypename: false, value };
  }

  /** For an object whose type nobody knows, one type that may not show the field is enough. */
  #isDenied(type: GraphQLCompositeType, field: string): boolean {
    const denial = this.#denial;
    if (!denial) return false;
    if (!isAbstractType(type)) return denial.field(type.name, field);
    return this.#schema.getPossibleTypes(type).some(({ name }) => denial.field(name, field));
  }

  #value(type: GraphQLOutputType, group: readonly FieldNode[]): ValueShape {
    const nonNull = isNonNullType(type);
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      return { kind: 'list', nonNull, item: this.#value(nullable.ofType, group) };
    }
    const named = getNamedType(nullable);
    if (isCompositeType(named)) {
      const nodes = group.flatMap((node) => node.selectionSet?.selections ?? []);
      return { kind: 'object', nonNull, selection: this.selection(named, nodes) };
    }
    return leafOf(named, nonNull);
  }

  #idOf(node: object): number {
    let id = this.#nodeIds.get(node);
    if (id === undefined) {
      id = this.#nodeIds.size;
      this.#nodeIds.set(node, id);
    }
    return id;
  }
}

function leafShape(leaf: LeafKind, typeName: string, nonNull: boolean): LeafShape {
  return { kind: 'leaf', nonNull, leaf, typeName, values: undefined };
}

function leafOf(type: GraphQLScalarType | GraphQLEnumType | GraphQLObjectType, nonNull: boolean): LeafShape {
  if (isEnumType(type)) {
    const values = new Set(type.getValues().map((value) => value.name));
    return { kind: 'leaf', nonNull, leaf: 'enum', typeName: type.name, values };
  }
  return leafShape(LEAVES[type.name] ?? 'custom', type.name, nonNull);
}
