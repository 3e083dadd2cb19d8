/**
 * What of a client's selection a subgraph can be asked as it stands. Clients' types are those of the whole supergraph; a
 * subgraph whose union or interface lacks one of them would refuse a fragment on it (GraphQL §5.5.2.3).
 */
import { type FieldNode, Kind, type SelectionNode } from 'graphql';
import type { PlanTypes } from './plan-types.ts';

/** `selections` at a place where a subgraph has objects of these types. Without what is left empty. */
export function pruneSelections(
  selections: readonly SelectionNode[],
  possible: readonly string[],
  subgraph: string,
  types: PlanTypes,
): SelectionNode[] {
  return selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return [pruneField(selection, possible, subgraph, types)];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    const condition = selection.typeCondition?.name.value;
    const left =
      condition === undefined ? possible : possible.filter((type) => types.holds(type, condition, subgraph));
    const below = pruneSelections(selection.selectionSet.selections, left, subgraph, types);
    if (left.length === 0 || below.length === 0) return [];
    return [{ ...selection, selectionSet: { ...selection.selectionSet, selections: below } }];
  });
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function pruneField(
  field: FieldNode,
  above: readonly string[],
  subgraph: string,
  types: PlanTypes,
): FieldNode {
  if (!field.selectionSet) return field;
  const possible = new Set(above.flatMap((type) => types.possibleAt(type, field.name.value, [subgraph])));
  const below = pruneSelections(field.selectionSet.selections, [...possible], subgraph, types);
  return {
    ...field,
    selectionSet: { ...field.selectionSet, selections: below.length > 0 ? below : [TYPENAME] },
  };
}
