/**
 * A subgraph of a federation: it answers from what it owns and what it is sent. It fails where it is asked what it
 * must not be: an external field that it does not provide here, a field that another took over, a field whose
 * requirement did not come with the entity.
 */
import {
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  graphqlSync,
  Kind,
  type SelectionNode,
} from 'graphql';
import type { SubgraphSpec } from './federation.fixture.ts';
import { executableSchema } from './federation-schema.fixture.ts';
import { type Arguments, canonical, isRecord, readSet, type Store } from './federation-store.fixture.ts';

/** What a subgraph resolves from: a row, what came with it, and what the path to it provides. */
interface Place {
  readonly __typename: string;
  readonly name: string;
  readonly representation: Record<string, unknown> | undefined;
  readonly provided: readonly SelectionNode[];
}

export class SubgraphServer {
  readonly spec: SubgraphSpec;
  readonly schema: GraphQLSchema;
  readonly #overridden: ReadonlySet<string>;
  readonly #implementing: (type: string) => readonly string[];

  constructor(spec: SubgraphSpec, all: readonly SubgraphSpec[], merged: GraphQLSchema) {
    this.spec = spec;
    this.schema = executableSchema(spec);
    this.#overridden = overriddenFields(spec.name, all);
    this.#implementing = (type) => {
      const found = merged.getType(type);
      return found && 'getInterfaces' in found ? found.getInterfaces().map(({ name }) => name) : [];
    };
  }

  execute(store: Store, query: string, variables: Record<string, unknown>): ExecutionResult {
    const fieldResolver: GraphQLFieldResolver<unknown, unknown, Arguments> = (source, args, _, info) => {
      if (info.fieldName === '_entities') return this.#entities(store, args.representations);
      const parent = info.parentType.name;
      if (parent === 'Mutation') store.changes += 1;
      const root: Place = { __typename: parent, name: parent, representation: undefined, provided: [] };
      return this.#field(store, isPlace(source) ? source : root, parent, info.fieldName, args);
    };
    return graphqlSync({
      schema: this.schema,
      source: query,
      variableValues: variables,
      fieldResolver,
      typeResolver: (value) => (isPlace(value) ? value.__typename : undefined),
    });
  }

  #field(store: Store, place: Place, parent: string, field: string, args: Arguments): unknown {
    const { name: subgraph, fields, keyFields } = this.spec;
    const coordinate = `${parent}.${field}`;
    const spec = fields.get(coordinate);
    const row = store.row(place.name);
    const provided = place.provided.filter((node) => node.kind === Kind.FIELD && node.name.value === field);
    const isKey = keyFields.has(coordinate);
    if (provided.length === 0 && !isKey) {
      if (spec?.external) throw new Error(`${subgraph} is asked for ${coordinate}, which is external`);
      if (this.#overridden.has(coordinate))
        throw new Error(`${subgraph} is asked for ${coordinate}, which is overridden`);
      if (!store.knows(subgraph, place.name)) return null;
    }
    const value = store.resolved(row[field], args, (name) =>
      this.#place(store, name, undefined, [...belowOf(provided), ...(spec?.provides ?? [])]),
    );
    if (!spec?.requires || value === null || value instanceof Error) return value;
    const { representation } = place;
    if (!representation) throw new Error(`${subgraph} is asked for ${coordinate} without what it requires`);
    return `${String(value)}${readRepresentation(representation, spec.requires)}`;
  }

  #place(
    store: Store,
    name: string,
    representation: Record<string, unknown> | undefined,
    provides: readonly SelectionNode[],
  ): Place {
    const { __typename } = store.row(name);
    const known = this.schema.getType(__typename);
    const seen = known
      ? __typename
      : (this.#implementing(__typename).find((type) => this.spec.interfaceObjects.has(type)) ?? __typename);
    const provided = provides.flatMap((node) =>
      node.kind === Kind.INLINE_FRAGMENT && this.#holds(seen, node.typeCondition?.name.value)
        ? node.selectionSet.selections
        : [node],
    );
    return { __typename: seen, name, representation, provided };
  }

  #holds(type: string, condition: string | undefined): boolean {
    return condition === undefined || condition === type || this.#implementing(type).includes(condition);
  }

  #entities(store: Store, representations: unknown): unknown {
    if (!Array.isArray(representations)) throw new Error('no representations');
    return representations.map((representation: unknown) => {
      if (!isRecord(representation)) throw new Error('a representation is no object');
      return this.#entity(store, representation);
    });
  }

  #entity(store: Store, representation: Record<string, unknown>): Place | Error | null {
    const type = String(representation.__typename);
    const keys = this.spec.keys.get(type);
    if (!keys) return new Error(`${this.spec.name} resolves no ${type}`);
    const key = keys.find((selections) => isComplete(selections, representation));
    if (!key)
      return new Error(`${this.spec.name} is sent no key of ${type}: ${JSON.stringify(representation)}`);
    const found = Object.keys(store.data.rows).find((name) => {
      const { __typename } = store.row(name);
      return (
        (__typename === type || this.#implementing(__typename).includes(type)) &&
        matches(store, name, key, representation)
      );
    });
    if (found === undefined || !store.knows(this.spec.name, found)) return null;
    return this.#place(store, found, representation, []);
  }
}

function belowOf(nodes: readonly SelectionNode[]): SelectionNode[] {
  return nodes.flatMap((node) =>
    node.kind === Kind.FIELD ? [...(node.selectionSet?.selections ?? [])] : [],
  );
}

function isPlace(value: unknown): value is Place {
  return isRecord(value) && typeof value.name === 'string' && Array.isArray(value.provided);
}

export function overriddenFields(subgraph: string, all: readonly SubgraphSpec[]): Set<string> {
  const found = new Set<string>();
  for (const { fields } of all)
    for (const [coordinate, spec] of fields) if (spec.overrides === subgraph) found.add(coordinate);
  return found;
}

function isComplete(selections: readonly SelectionNode[], object: Record<string, unknown>): boolean {
  return selections.every((node) => {
    if (node.kind !== Kind.FIELD) return true;
    const value = object[node.name.value];
    if (value === undefined || value === null) return false;
    return !node.selectionSet || (isRecord(value) && isComplete(node.selectionSet.selections, value));
  });
}

function matches(
  store: Store,
  name: string,
  selections: readonly SelectionNode[],
  object: Record<string, unknown>,
): boolean {
  const row = store.row(name);
  return selections.every((node) => {
    if (node.kind !== Kind.FIELD) return true;
    const mine: unknown = row[node.name.value];
    const theirs = object[node.name.value];
    if (!node.selectionSet) return mine === theirs;
    return (
      isRecord(mine) &&
      typeof mine.ref === 'string' &&
      isRecord(theirs) &&
      matches(store, mine.ref, node.selectionSet.selections, theirs)
    );
  });
}

/** What came with an entity, of what a field requires. Whether it is of the right type shows by what is there. */
function readRepresentation(value: unknown, selections: readonly SelectionNode[]): string {
  if (Array.isArray(value)) return `[${value.map((item) => readRepresentation(item, selections)).join()}]`;
  if (!isRecord(value) || selections.length === 0) return canonical(value);
  return readSet(
    selections,
    (name, below) => (value[name] === undefined ? undefined : readRepresentation(value[name], below)),
    () => true,
  );
}
