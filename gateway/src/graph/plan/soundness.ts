/**
 * Whether a plan asks each subgraph only what it can tell at that place. A planner that asks for an external field that
 * is not provided there, for a field that another subgraph took over, or for a field without what it requires, gets
 * a value that nobody stands for: the client would read it as if it were right. (Federation specification,
 * `@external`, `@provides`, `@requires`, `@override`; join spec, `@join__field`.)
 */
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { EntitiesNode, EntityBatch, FetchNode, PlanNode, RequiredSelection } from './plan.ts';
import { fetchesOf } from './plan.ts';
import { type ReadOperation, readOperation } from './plan-documents.ts';
import { misreadRequirement } from './required-arguments.ts';
import { type FieldJoin, SubgraphFields } from './subgraph-fields.ts';
import { SubgraphSchemas } from './subgraph-schemas.ts';

/** Looks over the plans of one supergraph. */
export class PlanSoundness {
  readonly #fields: SubgraphFields;
  readonly #schemas: SubgraphSchemas;

  constructor(supergraph: DocumentNode) {
    this.#fields = new SubgraphFields(supergraph);
    this.#schemas = new SubgraphSchemas(supergraph);
  }

  /** What a plan asks of a subgraph that cannot tell it, or `undefined` for a sound plan. */
  fault(plan: PlanNode | undefined): string | undefined {
    for (const fetch of fetchesOf(plan)) {
      const read = readSent(fetch);
      if (!read) return `${fetch.subgraph} is sent what is no operation`;
      const fault = new FetchCheck(this.#fields, fetch, read).fault();
      if (fault !== undefined) return fault;
      const refused = this.#schemas.fault(fetch.subgraph, read.document);
      if (refused !== undefined) return `${fetch.subgraph} would refuse it: ${refused}`;
    }
    return misreadRequirement(plan, this.#fields);
  }
}

function readSent({ operation }: FetchNode | EntitiesNode): ReadOperation | undefined {
  try {
    return readOperation(operation);
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/** Where in a fetch a selection stands. */
interface Place {
  /** The type that the selection is on, as the subgraph has it; `undefined` where it is not known. */
  readonly type: string | undefined;
  /** What the fields above provide here. */
  readonly provided: readonly SelectionNode[];
  /** The batch whose entities these are, at the top of one. */
  readonly batch: EntityBatch | undefined;
}

class FetchCheck {
  readonly #fields: SubgraphFields;
  readonly #fetch: FetchNode | EntitiesNode;
  readonly #read: ReadOperation;

  constructor(fields: SubgraphFields, fetch: FetchNode | EntitiesNode, read: ReadOperation) {
    this.#fields = fields;
    this.#fetch = fetch;
    this.#read = read;
  }

  fault(): string | undefined {
    const { operation } = this.#read;
    const type = this.#fields.rootType(operation.operation);
    return this.#selections(operation.selectionSet, { type, provided: [], batch: undefined });
  }

  #selections({ selections }: SelectionSetNode, place: Place): string | undefined {
    for (const selection of selections) {
      const fault = this.#selection(selection, place);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #selection(selection: SelectionNode, place: Place): string | undefined {
    if (selection.kind === Kind.FIELD) return this.#field(selection, place);
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#read.fragments.get(selection.name.value);
    if (!fragment) return undefined;
    const type = fragment.typeCondition?.name.value ?? place.type;
    return this.#selections(fragment.selectionSet, { ...place, type });
  }

  #field(field: FieldNode, place: Place): string | undefined {
    const name = field.name.value;
    if (name === '_entities') {
      const key = field.alias?.value ?? name;
      const { batches } = this.#fetch.kind === 'entities' ? this.#fetch : { batches: [] };
      const batch = batches.find(({ alias }) => alias === key);
      const below = { type: undefined, provided: [], batch };
      return field.selectionSet && this.#selections(field.selectionSet, below);
    }
    const { type } = place;
    if (type === undefined || name.startsWith('__')) return undefined;
    const join = this.#fields.join(type, name, this.#fetch.subgraph);
    const given = provisions(place.provided, name);
    if (join === undefined || (join.external && given === undefined)) {
      return `${this.#fetch.subgraph} is asked for ${type}.${name}, which it does not resolve`;
    }
    if (join.requires.length > 0 && !isGiven(join, place.batch)) {
      return `${this.#fetch.subgraph} is asked for ${type}.${name} without what it requires`;
    }
    if (!field.selectionSet) {
      if (!this.#fields.isComposite(join.type)) return undefined;
      return `${this.#fetch.subgraph} is asked for ${type}.${name} without what of it`;
    }
    const provided = [...join.provides, ...(given ?? [])];
    return this.#selections(field.selectionSet, { type: join.type, provided, batch: undefined });
  }
}

/** What is provided below a field; `undefined` where the field itself is not. */
function provisions(
  selections: readonly SelectionNode[],
  name: string,
): readonly SelectionNode[] | undefined {
  let found: SelectionNode[] | undefined;
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD && selection.name.value === name) {
      found = [...(found ?? []), ...(selection.selectionSet?.selections ?? [])];
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const below = provisions(selection.selectionSet.selections, name);
      if (below) found = [...(found ?? []), ...below];
    }
  }
  return found;
}

function isGiven({ requires }: FieldJoin, batch: EntityBatch | undefined): boolean {
  if (!batch) return false;
  const given = new Set(pathsOf(batch.requires, ''));
  return requires.every((path) => given.has(path));
}

/** The fields of a representation as paths of names, whatever the types. */
function pathsOf(selections: readonly RequiredSelection[], above: string): string[] {
  return selections.flatMap((selection) =>
    selection.kind === 'fragment'
      ? pathsOf(selection.selections, above)
      : [`${above}${selection.as}`, ...pathsOf(selection.selections, `${above}${selection.as}.`)],
  );
}
