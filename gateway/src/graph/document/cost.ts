/**
 * The static cost of an operation: what it may make the backends do, told before it runs. Each object costs its
 * weight (1 where `@cost` says nothing), each input object likewise, scalars and enums nothing, a list as many times its
 * item as it may be long, a mutation's field ten more. After IBM's GraphQL Cost Directives specification; where fragments
 * on several types stand side by side, all of them count.
 *
 * Compiled once for an operation: the schema is not looked at while a request runs.
 */
import {
  type ArgumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
} from 'graphql';
import { type DataObject, getOwn, isDataObject } from '../execute/data.ts';
import type { CostWeights } from './cost-weights.ts';
import { type Amount, ASSUMED_LIST_SIZE, type SizeLimits, sizesOf } from './slicing.ts';

const MUTATION_COST = 10;

/**
 * The cost with these (coerced) variables: never less than 1, never more than 2⁵³ - 1. Throws
 * `FrontdeskError('invalid_query')` where a list is asked for more items than may be.
 */
export type CostOf = (variables: DataObject) => number;

/** Compiles the cost of an operation whose conditions are resolved. */
export function compileCost(
  schema: GraphQLSchema,
  weights: CostWeights,
  operation: OperationDefinitionNode,
  limits: SizeLimits,
): CostOf {
  const root = schema.getRootType(operation.operation);
  if (!root) return () => 1;
  const perField = operation.operation === 'mutation' ? MUTATION_COST : 0;
  const compiler = new CostCompiler(schema, weights, limits);
  const amount = compiler.selections(root, operation.selectionSet.selections, undefined, perField, new Set());
  if (typeof amount === 'number') {
    const cost = bounded(amount);
    return () => cost;
  }
  return (variables) => bounded(amount(variables));
}

function bounded(cost: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, Math.ceil(cost)));
}

class CostCompiler {
  readonly #schema: GraphQLSchema;
  readonly #weights: CostWeights;
  readonly #limits: SizeLimits;

  constructor(schema: GraphQLSchema, weights: CostWeights, limits: SizeLimits) {
    this.#schema = schema;
    this.#weights = weights;
    this.#limits = limits;
  }

  /** `sizes`: of lists among these fields, where what stands above says so. `counted`: keys that were weighed. */
  selections(
    type: GraphQLNamedType,
    selections: readonly SelectionNode[],
    sizes: ReadonlyMap<string, Amount> | undefined,
    perField: number,
    counted: Set<string>,
  ): Amount {
    let sum: Amount = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const name = selection.typeCondition?.name.value;
        const on = (name === undefined ? undefined : this.#schema.getType(name)) ?? type;
        sum = plus(sum, this.selections(on, selection.selectionSet.selections, sizes, perField, counted));
      } else if (selection.kind === Kind.FIELD && 'getFields' in type) {
        const definition = type.getFields()[selection.name.value];
        if (!definition || !('args' in definition)) continue;
        // A key that stands twice is one field; what it selects the second time adds to it.
        const key = `${type.name}.${selection.alias?.value ?? selection.name.value}`;
        const isFirst = !counted.has(key);
        counted.add(key);
        if (isFirst) sum = plus(sum, plus(perField, this.#arguments(type, definition, selection)));
        sum = plus(sum, this.#field(type, definition, selection, sizes?.get(selection.name.value), isFirst));
      }
    }
    return sum;
  }

  #field(
    parent: GraphQLNamedType,
    definition: GraphQLField<unknown, unknown>,
    node: FieldNode,
    sizeFromAbove: Amount | undefined,
    isFirst: boolean,
  ): Amount {
    const named = getNamedType(definition.type);
    const cost = this.#weights.field(parent.name, definition.name);
    const weight = cost?.weight ?? this.#weights.type(named.name) ?? (isCompositeType(named) ? 1 : 0);
    const depth = listDepth(definition.type);
    const sizes = sizesOf(definition, node, depth > 0, cost?.listSize, this.#limits);
    const below = node.selectionSet
      ? this.selections(named, node.selectionSet.selections, sizes.below, 0, new Set())
      : 0;
    const size = depth > 0 ? (sizeFromAbove ?? sizes.own) : 1;
    return times(plus(isFirst ? weight : 0, below), times(size, ASSUMED_LIST_SIZE ** Math.max(0, depth - 1)));
  }

  #arguments(parent: GraphQLNamedType, definition: GraphQLField<unknown, unknown>, node: FieldNode): Amount {
    let sum: Amount = 0;
    const own = this.#weights.field(parent.name, definition.name)?.args;
    for (const given of node.arguments ?? []) {
      const argument = definition.args.find(({ name }) => name === given.name.value);
      if (argument) sum = plus(sum, this.#argument(argument, given, own?.get(argument.name)));
    }
    return sum;
  }

  #argument({ type }: GraphQLArgument, { value }: ArgumentNode, weight: number | undefined): Amount {
    return this.#literal(type, value, weight);
  }

  /** What a value costs; `weight` is that of the place where it stands, in place of its type's. */
  #literal(type: GraphQLInputType, value: ValueNode, weight: number | undefined): Amount {
    if (value.kind === Kind.NULL) return 0;
    const named = getNamedType(type);
    const own = weight ?? this.#weights.type(named.name) ?? (isInputObjectType(named) ? 1 : 0);
    // What is neither weighed nor holds what is weighed costs nothing, whatever its value.
    if (own === 0 && !isInputObjectType(named)) return 0;
    const nullable = getNullableType(type);
    if (value.kind === Kind.VARIABLE) {
      const name = value.name.value;
      return (variables) => this.#value(type, getOwn(variables, name), weight);
    }
    if (isListType(nullable)) {
      const items = value.kind === Kind.LIST ? value.values : [value];
      return items.map((item) => this.#literal(nullable.ofType, item, weight)).reduce(plus, 0);
    }
    let sum: Amount = own;
    if (!isInputObjectType(nullable) || value.kind !== Kind.OBJECT) return sum;
    const fields = nullable.getFields();
    for (const { name, value: inner } of value.fields) {
      const field = fields[name.value];
      if (!field) continue;
      sum = plus(sum, this.#literal(field.type, inner, this.#weights.input(nullable.name, field.name)));
    }
    return sum;
  }

  #value(type: GraphQLInputType, value: unknown, weight: number | undefined): number {
    if (value === undefined || value === null) return 0;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      if (!Array.isArray(value)) return this.#value(nullable.ofType, value, weight);
      return value.reduce<number>((sum, item) => sum + this.#value(nullable.ofType, item, weight), 0);
    }
    const own = weight ?? this.#weights.type(nullable.name) ?? (isInputObjectType(nullable) ? 1 : 0);
    if (!isInputObjectType(nullable) || !isDataObject(value)) return own;
    let sum = own;
    for (const field of Object.values(nullable.getFields())) {
      sum += this.#value(
        field.type,
        getOwn(value, field.name),
        this.#weights.input(nullable.name, field.name),
      );
    }
    return sum;
  }
}

function listDepth(type: GraphQLOutputType): number {
  const nullable = getNullableType(type);
  return isListType(nullable) ? 1 + listDepth(nullable.ofType) : 0;
}

function plus(a: Amount, b: Amount): Amount {
  if (typeof a === 'number') {
    if (typeof b === 'number') return a + b;
    return a === 0 ? b : (variables) => a + b(variables);
  }
  if (typeof b === 'number') return b === 0 ? a : (variables) => a(variables) + b;
  return (variables) => a(variables) + b(variables);
}

function times(a: Amount, b: Amount): Amount {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  return (variables) => resolved(a, variables) * resolved(b, variables);
}

function resolved(amount: Amount, variables: DataObject): number {
  return typeof amount === 'number' ? amount : amount(variables);
}
