/**
 * Hive's planner may join two ways into one subgraph, by different keys, into one fetch that names the fields of both:
 * those of the second are what the fetch itself is to bring. An entity that has one key whole can be asked for by it.
 */
import type { EntityBatch, RequiredSelection } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { compileRepresentation, type Represent } from './representation.ts';

/** `represent`, and where a field never came, the entity by the first key that did, with all else that is required. */
export function withOtherKeys(
  represent: Represent,
  batch: EntityBatch,
  subgraph: string,
  types: TypeIndex,
): Represent {
  const others = otherKeys(batch, subgraph, types).map((requires) =>
    compileRepresentation(requires, batch.inputRewrites, types),
  );
  if (others.length === 0) return represent;
  return (object) => {
    const text = represent(object);
    if (text !== undefined) return text;
    for (const other of others) {
      const found = other(object);
      if (typeof found === 'string') return found;
    }
    return undefined;
  };
}

/** What is required with one key instead of several, for each of these keys. */
function otherKeys(batch: EntityBatch, subgraph: string, types: TypeIndex): RequiredSelection[][] {
  const [only, ...more] = batch.requires;
  if (only?.kind !== 'fragment' || more.length > 0) return [];
  const sent = new Set(only.selections.flatMap((field) => (field.kind === 'field' ? [field.as] : [])));
  const keys = types.keys(only.type, subgraph).filter((key) => [...key].every((name) => sent.has(name)));
  if (keys.length < 2) return [];
  const all = new Set(keys.flatMap((key) => [...key]));
  return keys.map((key) => [
    {
      ...only,
      selections: only.selections.filter(
        (field) => field.kind === 'fragment' || key.has(field.as) || !all.has(field.as),
      ),
    },
  ]);
}
