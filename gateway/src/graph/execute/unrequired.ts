/**
 * What of a batch needs no more than the entities' keys. A planner may ask in one fetch for fields that require others
 * and for fields that do not; where a requirement failed or never came, only the former may suffer.
 */
import type { EntityBatch, RequiredSelection } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import type { WrittenKey } from './data.ts';
import { compileMerge, type Merge } from './places.ts';
import { compileRepresentation, type Represent } from './representation.ts';

export interface Unrequired {
  /** The entity by its keys alone. */
  readonly represent: Represent;
  /** What can be told by them. */
  readonly keys: readonly WrittenKey[];
  readonly merge: Merge;
  /** What cannot. */
  readonly dependent: readonly WrittenKey[];
}

/** `undefined` where all of the batch needs the same. */
export function compileUnrequired(
  batch: EntityBatch,
  keys: readonly WrittenKey[],
  subgraph: string,
  types: TypeIndex,
): Unrequired | undefined {
  const requiring = types.requiringFields(subgraph);
  const dependent = keys.filter(({ signature }) =>
    signature.split('|').some((field) => requiring.has(/^\w+/.exec(field)?.[0] ?? '')),
  );
  if (dependent.length === 0) return undefined;
  const others = keys.filter((key) => !dependent.includes(key));
  if (others.every(({ key }) => key === '__typename')) return undefined;
  const requires = keysOnly(batch, subgraph, types);
  if (!requires) return undefined;
  return {
    represent: compileRepresentation(requires, batch.inputRewrites, types),
    keys: others,
    merge: compileMerge(others, types),
    dependent,
  };
}

/** `undefined` where no key would be left to know an entity by. */
function keysOnly(
  batch: EntityBatch,
  subgraph: string,
  types: TypeIndex,
): readonly RequiredSelection[] | undefined {
  const rewritten = batch.inputRewrites.map(({ value }) => value);
  const kept: RequiredSelection[] = [];
  for (const selection of batch.requires) {
    if (selection.kind !== 'fragment') return undefined;
    const names = [selection.type, ...rewritten].flatMap((type) => [...types.keyFields(type, subgraph)]);
    const selections = selection.selections.filter(
      (field) => field.kind === 'field' && (field.as === '__typename' || names.includes(field.as)),
    );
    if (selections.every((field) => field.kind === 'field' && field.as === '__typename')) return undefined;
    kept.push({ ...selection, selections });
  }
  return kept;
}
