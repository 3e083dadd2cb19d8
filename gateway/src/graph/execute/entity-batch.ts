/** A batch of entities: gathered from the data, asked for once each, and merged into every place that waits for them. */
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { type DataObject, getOwn, isDataObject, markMissing, type WrittenKey } from './data.ts';
import { Failure, type FailureEntry, publicEntry } from './failure.ts';
import { isSameEntity } from './identity.ts';
import { type CollectPlaces, cloneData, failKeys, type Merge } from './places.ts';
import type { SubgraphReply } from './reply.ts';
import type { Likeness, Represent } from './representation.ts';
import type { Run } from './run.ts';
import type { Unrequired } from './unrequired.ts';

/** A batch of entities, compiled. */
export interface CompiledBatch {
  readonly alias: string;
  readonly variableText: string;
  readonly collect: readonly CollectPlaces[];
  readonly represent: Represent;
  /** `undefined` where only their texts tell entities apart. */
  readonly likeness: Likeness | undefined;
  /** What of it may be had where a requirement failed. */
  readonly unrequired: Unrequired | undefined;
  readonly keys: readonly WrittenKey[];
  readonly merge: Merge;
  readonly rename: ((object: unknown) => void) | undefined;
  readonly identity: readonly string[];
  /** Whether places may share the objects of one answer. */
  readonly share: boolean;
  readonly types: TypeIndex;
}

/** The distinct entities to ask for, and for each the places that wait for it. */
export interface Gathered {
  readonly texts: string[];
  readonly places: DataObject[][];
  /** Those of `places` that are asked for by their keys alone (`unrequired`). */
  readonly lesser: Set<DataObject[]> | undefined;
}

export function gather(batch: CompiledBatch, run: Run): Gathered {
  const found: DataObject[] = [];
  for (const collect of batch.collect) collect(run.data, found);
  return gatherFrom(batch, found);
}

/** As `gather`, for these places. */
export function gatherFrom(batch: CompiledBatch, found: readonly DataObject[]): Gathered {
  const texts: string[] = [];
  const places: DataObject[][] = [];
  const index = new Map<string, DataObject[]>();
  const lesser = batch.unrequired && new Set<DataObject[]>();
  const { likeness } = batch;
  const alike = new Map<string, DataObject[]>();
  for (let i = 0; i < found.length; i++) {
    const place = found[i];
    if (!place) continue;
    const key = likeness?.key(place);
    const group = typeof key === 'string' ? alike.get(key) : undefined;
    if (group?.[0] && likeness?.same(group[0], place)) {
      group.push(place);
      continue;
    }
    const full = batch.represent(place);
    const text = typeof full === 'string' ? full : batch.unrequired?.represent(place);
    if (full instanceof Failure) {
      // What depends on what failed fails with it: all of the batch, or what its keys cannot tell.
      const entries = full.entries.map((entry) => ({ ...entry, below: [], fromParent: false }));
      const lost = typeof text === 'string' ? batch.unrequired?.dependent : undefined;
      markMissing(place, lost ?? batch.keys, new Failure(entries.slice(0, 1)));
    }
    if (typeof text !== 'string') continue;
    const known = index.get(text);
    if (known) {
      known.push(place);
      continue;
    }
    const waiting = [place];
    index.set(text, waiting);
    texts.push(text);
    places.push(waiting);
    if (text !== full) lesser?.add(waiting);
    else if (typeof key === 'string') alike.set(key, waiting);
  }
  return { texts, places, lesser };
}

/** Merges what came of a batch into the places that wait for it. */
export function scatter(
  batch: CompiledBatch,
  { texts, places, lesser }: Gathered,
  reply: SubgraphReply,
  run: Run,
  subgraph: string,
): void {
  const list = reply.data ? getOwn(reply.data, batch.alias) : undefined;
  const whole = Array.isArray(list) && list.length === texts.length ? list : undefined;
  if (whole && batch.rename) batch.rename(whole);
  for (let i = 0; i < places.length; i++) {
    const waiting = places[i];
    const first = waiting?.[0];
    if (!waiting || !first) continue;
    const { keys, merge } = lesser?.has(waiting) && batch.unrequired ? batch.unrequired : batch;
    const entity: unknown = whole?.[i];
    if (whole && (entity === null || entity === undefined)) continue;
    if (isDataObject(entity) && isSameEntity(first, entity, batch.identity, batch.types)) {
      for (let p = 0; p < waiting.length; p++) {
        const place = waiting[p];
        if (!place) continue;
        const copied = batch.share || p === 0 ? entity : cloneData(entity);
        if (isDataObject(copied)) merge(place, copied);
      }
      continue;
    }
    run.failed = true;
    const entries = lostEntries(batch, entity, list, reply, i, subgraph);
    for (const place of waiting) failKeys(place, keys, entries);
  }
}

/** Why entity `index` is lost. */
function lostEntries(
  batch: CompiledBatch,
  entity: unknown,
  list: unknown,
  reply: SubgraphReply,
  index: number,
  subgraph: string,
): readonly FailureEntry[] {
  if (entity instanceof Failure) return entity.entries;
  if (list instanceof Failure) return own(list.entries, [index]);
  if (reply.data === null) return own(reply.entries, [batch.alias, index]);
  return [publicEntry('upstream_invalid', subgraph)];
}

/** The entries whose path leads to one entity, seen from there; without any, the first, without its path. */
function own(entries: readonly FailureEntry[], prefix: readonly (string | number)[]): FailureEntry[] {
  const found = entries.filter((entry) => prefix.every((key, at) => entry.below[at] === key));
  if (found.length > 0) return found.map((entry) => ({ ...entry, below: entry.below.slice(prefix.length) }));
  return entries.slice(0, 1).map((entry) => ({ ...entry, below: [], fromParent: false }));
}

/** Whether an error is about a key that was asked back, and that nobody else asked for. */
export function failsOnlyAsked(reply: SubgraphReply, batches: readonly CompiledBatch[]): boolean {
  return batches.some(({ alias, identity, keys }) => {
    const added = identity.filter((name) => !keys.some((written) => written.key === name));
    const names = (below: readonly (string | number)[], at: number): boolean =>
      below.length === at + 1 && added.includes(String(below[at]));
    if (reply.data === null) {
      return reply.entries.some(({ below }) => below[0] === alias && names(below, 2));
    }
    const list = getOwn(reply.data, alias);
    if (list instanceof Failure) return list.entries.some(({ below }) => names(below, 1));
    if (!Array.isArray(list)) return false;
    return list.some((entity) =>
      entity instanceof Failure
        ? entity.entries.some(({ below }) => names(below, 0))
        : isDataObject(entity) && added.some((name) => getOwn(entity, name) instanceof Failure),
    );
  });
}
