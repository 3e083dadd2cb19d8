/**
 * Whether an answer is about the entity that was asked for. The `_entities` field promises to keep the order of its
 * representations, and nothing in the protocol shows when a subgraph breaks that promise: another entity's
 * data would be joined in silence. So the keys that were sent are asked back, and compared.
 */
import {
  type DocumentNode,
  type FieldNode,
  type InlineFragmentNode,
  Kind,
  parse,
  print,
  type SelectionNode,
  visit,
} from 'graphql';
import type { EntitiesNode, EntityBatch, RequiredSelection } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { type DataObject, getOwn } from './data.ts';
import { Failure } from './failure.ts';

export interface IdentityCheck {
  /** The operation that asks the keys back. The planned one where there is nothing to ask. */
  readonly operation: string;
  /** For each batch, the keys to compare. */
  readonly keys: readonly (readonly string[])[];
  /** Response keys that stand in `operation` only for the comparison. */
  readonly added: boolean;
}

export function identityCheck(node: EntitiesNode, types: TypeIndex): IdentityCheck {
  const wanted = node.batches.map((batch) => wantedKeys(batch, node.subgraph, types));
  const keys = wanted.map((byType) => [...new Set([...byType.values()].flatMap((fields) => [...fields]))]);
  if (keys.every((list) => list.length === 0)) return { operation: node.operation, keys, added: false };
  const byAlias = new Map(node.batches.map((batch, index) => [batch.alias, wanted[index]]));
  const document: DocumentNode = visit(parse(node.operation, { noLocation: true }), {
    Field(field) {
      const byType = byAlias.get(field.alias?.value ?? field.name.value);
      if (field.name.value !== '_entities' || !byType || !field.selectionSet) return undefined;
      const selections = [...field.selectionSet.selections, ...fragmentsFor(byType)];
      return { ...field, selectionSet: { ...field.selectionSet, selections } };
    },
  });
  return { operation: print(document), keys, added: true };
}

/** By the type that is asked for: the simple key fields that are sent and that the subgraph can give back. */
function wantedKeys(batch: EntityBatch, subgraph: string, types: TypeIndex): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const selection of batch.requires) {
    if (selection.kind !== 'fragment') continue;
    const asked = [selection.type, ...batch.inputRewrites.map((rewrite) => rewrite.value)];
    for (const type of asked) {
      const keys = types.keyFields(type, subgraph);
      for (const field of selection.selections) {
        if (isSimple(field) && keys.has(field.name)) {
          const known = wanted.get(type) ?? new Set();
          wanted.set(type, known.add(field.name));
        }
      }
    }
  }
  return wanted;
}

function isSimple(field: RequiredSelection): field is Extract<RequiredSelection, { kind: 'field' }> {
  return field.kind === 'field' && field.name === field.as && field.selections.length === 0;
}

function fragmentsFor(byType: ReadonlyMap<string, ReadonlySet<string>>): InlineFragmentNode[] {
  return [...byType].map(([type, fields]) => {
    const selections: SelectionNode[] = [...fields].map(
      (name): FieldNode => ({ kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } }),
    );
    return {
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
      selectionSet: { kind: Kind.SELECTION_SET, selections },
    };
  });
}

/** Refuses an answer about something else than was asked for: another type, or another key. */
export function isSameEntity(
  asked: DataObject,
  answer: DataObject,
  keys: readonly string[],
  types: TypeIndex,
): boolean {
  const expected = getOwn(asked, '__typename');
  const typename = getOwn(answer, '__typename');
  if (typeof typename === 'string' && typeof expected === 'string' && typename !== expected) {
    const related = types.matching([expected]).has(typename) || types.matching([typename]).has(expected);
    if (!related) return false;
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? '';
    const theirs = getOwn(answer, key);
    // A subgraph that does not know its own key has not said that it is another.
    if (theirs === undefined || theirs === null || theirs instanceof Failure) continue;
    const ours = getOwn(asked, key);
    // It is a key of another type of the batch, and was not sent for this one.
    if (ours === undefined || ours instanceof Failure) continue;
    // An ID may be a number on one side and text on the other.
    if (theirs !== ours && String(theirs) !== String(ours)) return false;
  }
  return true;
}
