/**
 * Takes out of an operation what its caller may not have, before it is planned: a subgraph is never asked for it. A
 * field of an interface is judged for each type that may stand there; where only some may be read, it is asked for on
 * those alone, and the answer's `__typename` tells which objects go without.
 */
import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { PathKey } from '../execute/failure.ts';
import type { AccessRules } from './authorization-rules.ts';
import { refusal } from './limits.ts';

/** What a caller may not have, by type. */
export interface Denial {
  /** Whether a field of an object type is withheld. */
  field(type: string, field: string): boolean;
}

export interface DeniedField {
  /** Response keys, without indices. */
  readonly path: readonly PathKey[];
  /** `Type.field`, of an object type. */
  readonly coordinate: string;
}

export interface Filtered {
  readonly operation: OperationDefinitionNode;
  /** What was taken out, each place once and no more than fifty. */
  readonly denied: readonly DeniedField[];
}

export function denialOf(rules: AccessRules, unsatisfied: ReadonlySet<number>): Denial {
  const isDenied = (number: number): boolean => unsatisfied.has(number);
  return { field: (type, field) => rules.field(type, field).some(isDenied) };
}

/** The operation's conditions must be resolved (`resolveOperation`). Throws `invalid_query` where it would grow without measure. */
export function filterOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  denial: Denial,
): Filtered {
  const root = schema.getRootType(operation.operation);
  const filter = new Filter(schema, denial);
  const selections = root
    ? filter.selections(root, [root.name], operation.selectionSet.selections).nodes
    : [];
  return {
    operation: { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } },
    denied: filter.denied,
  };
}

const MAX_DENIED = 50;
/** Asking type by type multiplies; no operation within the limits of documents should come near. */
const MAX_FIELDS = 20_000;

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** What is left of a list of nodes. */
interface Kept {
  readonly nodes: readonly SelectionNode[];
  /** Fields in it, every repetition counted. */
  readonly weight: number;
}

const NOTHING: Kept = { nodes: [], weight: 0 };

/** Fields that are asked for on some of the types that may stand at a place. */
interface Partial {
  readonly types: readonly string[];
  readonly nodes: SelectionNode[];
}

class Filter {
  readonly denied: DeniedField[] = [];
  readonly #schema: GraphQLSchema;
  readonly #denial: Denial;
  readonly #path: PathKey[] = [];
  /** One list of nodes may stand in many places: for each set of types it is filtered once. */
  readonly #known = new Map<readonly SelectionNode[], Map<string, Kept>>();

  constructor(schema: GraphQLSchema, denial: Denial) {
    this.#schema = schema;
    this.#denial = denial;
  }

  /** `scope`: the object types that may stand here, in the schema's order. */
  selections(type: GraphQLCompositeType, scope: readonly string[], nodes: readonly SelectionNode[]): Kept {
    const key = `${type.name}:${scope.join(',')}`;
    const byScope = this.#known.get(nodes) ?? new Map<string, Kept>();
    this.#known.set(nodes, byScope);
    const known = byScope.get(key);
    if (known) return known;
    const kept = scope.length > 0 ? this.#filter(type, scope, nodes) : NOTHING;
    if (kept.weight > MAX_FIELDS) throw refusal('The operation is too complex for what its caller may have.');
    byScope.set(key, kept);
    return kept;
  }

  #filter(type: GraphQLCompositeType, scope: readonly string[], nodes: readonly SelectionNode[]): Kept {
    const kept: SelectionNode[] = [];
    const partials = new Map<string, Partial>();
    let weight = 0;
    for (const node of nodes) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const below = this.#fragment(type, scope, node);
        weight += below.weight;
        if (below.nodes.length > 0) kept.push({ ...node, selectionSet: setOf(below.nodes) });
      }
      if (node.kind !== Kind.FIELD) continue;
      const types = this.#allowed(scope, node);
      if (types.length === 0) continue;
      const field = this.#field(type, node);
      if (types.length === scope.length) {
        kept.push(...field.nodes);
        weight += field.weight;
      } else {
        const key = types.join(',');
        const partial = partials.get(key) ?? { types, nodes: [] };
        partials.set(key, partial);
        partial.nodes.push(...field.nodes);
        weight += field.weight * types.length;
      }
    }
    for (const { types, nodes: fields } of partials.values()) {
      for (const name of types) kept.push(on(name, fields));
    }
    if (partials.size > 0) kept.unshift(TYPENAME);
    return { nodes: kept, weight };
  }

  #fragment(type: GraphQLCompositeType, scope: readonly string[], fragment: InlineFragmentNode): Kept {
    const condition = fragment.typeCondition?.name.value;
    const narrowed = condition === undefined ? type : this.#schema.getType(condition);
    if (!isCompositeType(narrowed)) return NOTHING;
    const possible = this.#objectsOf(narrowed);
    const here = scope.filter((name) => possible.includes(name));
    return this.selections(narrowed, here, fragment.selectionSet.selections);
  }

  /** The types of the scope on which the caller may have a field; where they are not all, that is noted. */
  #allowed(scope: readonly string[], node: FieldNode): readonly string[] {
    const name = node.name.value;
    if (name.startsWith('__')) return scope;
    const allowed = scope.filter((type) => !this.#denial.field(type, name));
    if (allowed.length < scope.length && this.denied.length < MAX_DENIED) {
      const type = scope.find((one) => !allowed.includes(one));
      this.denied.push({ path: [...this.#path, keyOf(node)], coordinate: `${type}.${name}` });
    }
    return allowed;
  }

  #field(type: GraphQLCompositeType, node: FieldNode): Kept {
    const fields = 'getFields' in type ? type.getFields() : {};
    const name = node.name.value;
    const definition = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const value = definition && getNamedType(definition.type);
    if (!node.selectionSet || !isCompositeType(value)) return { nodes: [node], weight: 1 };
    this.#path.push(keyOf(node));
    const below = this.selections(value, this.#objectsOf(value), node.selectionSet.selections);
    this.#path.pop();
    return { nodes: [{ ...node, selectionSet: setOf(below.nodes) }], weight: below.weight + 1 };
  }

  #objectsOf(type: GraphQLCompositeType): readonly string[] {
    if (isObjectType(type)) return [type.name];
    return this.#schema.getPossibleTypes(type).map(({ name }) => name);
  }
}

function keyOf(node: FieldNode): string {
  return node.alias?.value ?? node.name.value;
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}

function on(type: string, nodes: readonly SelectionNode[]): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    selectionSet: setOf(nodes),
  };
}
