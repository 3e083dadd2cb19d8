/**
 * What a supergraph says of each field in each subgraph (join spec, `@join__field`): of which type it is there, whether it
 * is external, what it requires and provides. Field sets are read once.
 */
import {
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  parseType,
  print,
  type SelectionNode,
  type TypeNode,
} from 'graphql';
import { type Application, applications, subgraphNames } from './joins.ts';

/** A field as one subgraph has it. */
export interface FieldJoin {
  /** The name of its type there. */
  readonly type: string;
  /** Declared there, but told only where a path provides it. */
  readonly external: boolean;
  /** Paths of names, without types: `price`, `box.size`. */
  readonly requires: readonly string[];
  /** The same paths, each with its field as it is required: with its arguments. */
  readonly required: ReadonlyMap<string, string>;
  readonly provides: readonly SelectionNode[];
}

type Definition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export class SubgraphFields {
  readonly #graphs: ReadonlyMap<string, string>;
  readonly #roots = new Map<string, string>([
    ['query', 'Query'],
    ['mutation', 'Mutation'],
    ['subscription', 'Subscription'],
  ]);
  /** `subgraph Type.field`. */
  readonly #joins = new Map<string, FieldJoin>();
  readonly #composites = new Set<string>();

  constructor(supergraph: DocumentNode) {
    this.#graphs = subgraphNames(supergraph);
    for (const definition of supergraph.definitions) {
      if (definition.kind === Kind.SCHEMA_DEFINITION) {
        for (const { operation, type } of definition.operationTypes)
          this.#roots.set(operation, type.name.value);
      }
    }
    for (const definition of supergraph.definitions) {
      if (
        definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
        definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ) {
        this.#composites.add(definition.name.value);
        this.#add(definition);
      } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
        this.#composites.add(definition.name.value);
      }
    }
  }

  /** Whether a field of this type must have a selection. */
  isComposite(type: string): boolean {
    return this.#composites.has(type);
  }

  rootType(operation: string): string | undefined {
    return this.#roots.get(operation);
  }

  /** `undefined` where the subgraph does not have the field, or another has taken it over. */
  join(type: string, field: string, subgraph: string): FieldJoin | undefined {
    return this.#joins.get(`${subgraph} ${type}.${field}`);
  }

  #add(definition: Definition): void {
    const type = definition.name.value;
    const types = applications(definition.directives, 'join__type');
    const keys = new Map<string, Set<string>>();
    for (const join of types) {
      const graph = this.#graph(join);
      const names = keys.get(graph) ?? new Set();
      keys.set(graph, names);
      for (const selection of fieldSet(join.text('key'))) {
        if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      }
    }
    for (const field of definition.fields ?? []) {
      const joins = applications(field.directives, 'join__field');
      const given = joins.length > 0 ? joins.filter((join) => join.has('graph')) : types;
      for (const join of given) {
        const graph = this.#graph(join);
        const isKey = keys.get(graph)?.has(field.name.value) ?? false;
        this.#addField(`${graph} ${type}.${field.name.value}`, field, join, isKey);
      }
    }
  }

  #addField(coordinate: string, field: FieldDefinitionNode, join: Application, isKey: boolean): void {
    // Kept in the supergraph for what else names it; the subgraph is not asked for it any more.
    if (join.has('usedOverridden') && !join.has('overrideLabel') && !isKey) return;
    const written = join.text('type');
    const required = new Map(pathsOf(fieldSet(join.text('requires')), ''));
    this.#joins.set(coordinate, {
      type: nameOf(written === undefined ? field.type : parseType(written)),
      external: join.has('external') && !isKey,
      requires: [...required.keys()],
      required,
      provides: fieldSet(join.text('provides')),
    });
  }

  #graph(join: Application): string {
    const key = join.text('graph') ?? '';
    return this.#graphs.get(key) ?? key;
  }
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function fieldSet(text: string | undefined): readonly SelectionNode[] {
  if (text === undefined) return [];
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [];
}

/** The fields of a field set: the path of each, and the field itself, with its arguments. */
function pathsOf(selections: readonly SelectionNode[], above: string): (readonly [string, string])[] {
  return selections.flatMap((selection): (readonly [string, string])[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return pathsOf(selection.selectionSet.selections, above);
    const name = selection.name.value;
    if (name === '__typename') return [];
    const field = print({ kind: Kind.FIELD, name: selection.name, arguments: selection.arguments ?? [] });
    const below = pathsOf(selection.selectionSet?.selections ?? [], `${above}${name}.`);
    return [[`${above}${name}`, field], ...below];
  });
}
