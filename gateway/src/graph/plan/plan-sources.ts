/** What fetches ask for at one place, by key, for an object of one type. */
import { type FieldNode, Kind, type SelectionNode } from 'graphql';
import type { EntitiesNode, FetchNode } from './plan.ts';
import type { ReadOperation } from './plan-documents.ts';
import type { PlanTypes } from './plan-types.ts';

/** What one fetch asks for at a place. */
export interface Source {
  readonly subgraph: string;
  /** `undefined` of the client's own operation. */
  readonly fetch: FetchNode | EntitiesNode | undefined;
  readonly selections: readonly SelectionNode[];
  /** Where they stand. */
  readonly read: ReadOperation;
  /** Names that the reply's keys get before it is merged. */
  readonly renames: ReadonlyMap<string, string>;
}

/** One key of an object. */
export interface Asked {
  readonly key: string;
  /** The first of `nodes`. */
  readonly field: FieldNode;
  readonly nodes: FieldNode[];
  readonly below: Source[];
}

/** In the order in which the keys first stand (GraphQL §6.3.2). */
export function collectFields(
  type: string,
  sources: readonly Source[],
  types: PlanTypes,
): ReadonlyMap<string, Asked> {
  const found = new Map<string, Asked>();
  for (const source of sources) visit(source.selections, source, type, types, found);
  return found;
}

function visit(
  selections: readonly SelectionNode[],
  source: Source,
  type: string,
  types: PlanTypes,
  found: Map<string, Asked>,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      take(selection, source, found);
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : source.read.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    if (!fragment || (condition !== undefined && !types.holds(type, condition, source.subgraph))) continue;
    visit(fragment.selectionSet.selections, source, type, types, found);
  }
}

function take(field: FieldNode, source: Source, found: Map<string, Asked>): void {
  const written = field.alias?.value ?? field.name.value;
  const key = source.renames.get(written) ?? written;
  let asked = found.get(key);
  if (!asked) {
    asked = { key, field, nodes: [], below: [] };
    found.set(key, asked);
  }
  asked.nodes.push(field);
  const selections = field.selectionSet?.selections;
  if (selections) asked.below.push({ ...source, selections });
}
