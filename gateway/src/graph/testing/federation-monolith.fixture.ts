/** One ordinary server with the whole schema and all the data of a federation: what its gateway is compared with. */
import {
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  graphqlSync,
  isListType,
  isNonNullType,
  type SelectionNode,
} from 'graphql';
import type { FederationData, FieldSpec, SubgraphSpec } from './federation.fixture.ts';
import { type Arguments, canonical, isRecord, readSet, Store } from './federation-store.fixture.ts';
import { overriddenFields } from './federation-subgraph.fixture.ts';

export class Monolith {
  readonly #specs: readonly SubgraphSpec[];
  readonly #schema: GraphQLSchema;
  readonly #requires = new Map<string, readonly SelectionNode[] | undefined>();
  readonly #owners = new Map<string, readonly string[]>();

  constructor(specs: readonly SubgraphSpec[], schema: GraphQLSchema) {
    this.#specs = specs;
    this.#schema = schema;
  }

  /** With `strictly`, null for what may not be null is an error of that field, whatever the schema says. */
  execute(
    data: FederationData,
    schema: GraphQLSchema,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    strictly: boolean,
  ): ExecutionResult {
    const store = new Store(data);
    const fieldResolver: GraphQLFieldResolver<unknown, unknown, Arguments> = (source, args, _, info) => {
      const parent = info.parentType.name;
      if (parent === 'Mutation') store.changes += 1;
      const name = isRecord(source) && typeof source.name === 'string' ? source.name : parent;
      const value = this.#field(store, name, info.fieldName, args);
      const type = strictly ? this.#typeOf(parent, info.fieldName) : undefined;
      return type ? withErrors(value, type) : value;
    };
    return graphqlSync({
      schema,
      source: query,
      variableValues: variables,
      fieldResolver,
      typeResolver: (value) => (isRecord(value) ? String(value.__typename) : undefined),
    });
  }

  #typeOf(parent: string, field: string): GraphQLOutputType | undefined {
    const type = this.#schema.getType(parent);
    return type && 'getFields' in type && 'getInterfaces' in type ? type.getFields()[field]?.type : undefined;
  }

  #field(store: Store, name: string, field: string, args: Arguments): unknown {
    const row = store.row(name);
    const coordinate = `${row.__typename}.${field}`;
    const owners = this.#ownersOf(coordinate);
    if (owners.length > 0 && owners.every((owner) => !store.knows(owner, name))) return null;
    const wrap = (ref: string) => ({ name: ref, __typename: store.row(ref).__typename });
    const requires = this.#requires.get(coordinate);
    // What it requires comes first: where that fails, so does the field, whatever its value would be.
    const required = requires ? this.#read(store, wrap(name), requires) : '';
    const value = store.resolved(row[field], args, wrap);
    return requires && value !== null && !(value instanceof Error) ? `${String(value)}${required}` : value;
  }

  #read(store: Store, value: unknown, selections: readonly SelectionNode[]): string {
    if (value instanceof Error) throw value;
    if (Array.isArray(value)) return `[${value.map((item) => this.#read(store, item, selections)).join()}]`;
    if (!isRecord(value) || typeof value.name !== 'string' || selections.length === 0)
      return canonical(value);
    const { name, __typename } = value;
    return readSet(
      selections,
      (field, below) => this.#read(store, this.#field(store, name, field, {}), below),
      (type) => this.#conditionHolds(String(__typename), type),
    );
  }

  #conditionHolds(type: string, condition: string): boolean {
    if (type === condition) return true;
    const found = this.#schema.getType(type);
    return (
      found !== undefined &&
      'getInterfaces' in found &&
      found.getInterfaces().some(({ name }) => name === condition)
    );
  }

  /** The subgraphs that resolve a field; notes what it requires. */
  #ownersOf(coordinate: string): readonly string[] {
    const known = this.#owners.get(coordinate);
    if (known) return known;
    const [type = '', field = ''] = coordinate.split('.');
    const owners: string[] = [];
    for (const spec of this.#specs) {
      const own = this.#specOf(spec, type, field);
      if (!own || own.external || overriddenFields(spec.name, this.#specs).has(coordinate)) continue;
      owners.push(spec.name);
      if (own.requires) this.#requires.set(coordinate, own.requires);
    }
    this.#owners.set(coordinate, owners);
    return owners;
  }

  #specOf(spec: SubgraphSpec, type: string, field: string): FieldSpec | undefined {
    const own = spec.fields.get(`${type}.${field}`);
    if (own) return own;
    for (const name of spec.interfaceObjects) {
      if (this.#conditionHolds(type, name)) return spec.fields.get(`${name}.${field}`);
    }
    return undefined;
  }
}

function withErrors(value: unknown, type: GraphQLOutputType): unknown {
  if (value === null) return isNonNullType(type) ? new Error('null where none may be') : null;
  const nullable = getNullableType(type);
  if (!isListType(nullable) || !Array.isArray(value)) return value;
  return value.map((item) => withErrors(item, nullable.ofType));
}
