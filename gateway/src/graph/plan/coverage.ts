/**
 * Whether a plan fetches all that an operation selects. A planner that loses a field on the way gives no error: the
 * client would read a null that no subgraph ever said. So the plan's own documents are followed from place to place,
 * for each type that the subgraphs may answer there; whatever the client selects must stand in one of them. A field
 * that a subgraph could tell beside what it is asked for is added to its document; any other is told.
 */
import { type DocumentNode, Kind, type SelectionNode } from 'graphql';
import { type Amendment, amendPlan } from './amend-plan.ts';
import type { EntitiesNode, FetchNode, OutputRewrite, PathSegment, PlanNode, PlanPath } from './plan.ts';
import { fetchesOf } from './plan.ts';
import { type ReadOperation, readOperation } from './plan-documents.ts';
import { type Asked, collectFields, type Source } from './plan-sources.ts';
import { PlanTypes } from './plan-types.ts';
import { pruneSelections } from './prune-selection.ts';

/** Places looked at in one plan; what lies beyond is taken to be there. */
const MAX_PLACES = 20_000;

/** A fetch that fills a place further down. */
interface Pending {
  readonly source: Source;
  readonly path: PlanPath;
  /** The next segment of the path. */
  readonly at: number;
}

export interface Covered {
  readonly plan: PlanNode | undefined;
  /** The first selected field (`Type.field`, and where) that no fetch asks for, and that none can be made to. */
  readonly missing: string | undefined;
}

/** Looks over the plans of one supergraph. */
export class PlanCoverage {
  readonly types: PlanTypes;

  constructor(supergraph: DocumentNode) {
    this.types = new PlanTypes(supergraph);
  }

  /** The plan as it is where it is whole; else with what could be added to it. */
  complete(document: string, plan: PlanNode | undefined): Covered {
    const client = readOperation(document);
    const root = client && this.types.rootType(client.operation.operation);
    if (!client || root === undefined) return { plan, missing: undefined };
    const sources: Source[] = [];
    const pending: Pending[] = [];
    for (const fetch of fetchesOf(plan)) {
      const sent = readOperation(fetch.operation);
      if (sent) addSources(fetch, sent, sources, pending);
    }
    const walk = new Walk(this.types);
    const missing = walk.place([root], [clientSource(client)], sources, pending, '');
    const whole = walk.amendments.size > 0 ? amendPlan(plan, client.operation, walk.amendments) : plan;
    return { plan: whole, missing };
  }
}

function clientSource(read: ReadOperation): Source {
  const { selections } = read.operation.selectionSet;
  return { subgraph: '', fetch: undefined, selections, read, renames: NO_RENAMES };
}

function addSources(
  fetch: FetchNode | EntitiesNode,
  read: ReadOperation,
  sources: Source[],
  pending: Pending[],
): void {
  const { subgraph } = fetch;
  const top = read.operation.selectionSet.selections;
  if (fetch.kind === 'fetch') {
    const renames = renamesOf(fetch.outputRewrites);
    const source = { subgraph, fetch, selections: top, read, renames };
    if (fetch.path.length === 0) sources.push(source);
    else pending.push({ source, path: fetch.path, at: 0 });
    return;
  }
  for (const { alias, paths, outputRewrites } of fetch.batches) {
    const selections = entitySelections(top, alias);
    const source = { subgraph, fetch, selections, read, renames: renamesOf(outputRewrites) };
    for (const path of paths) pending.push({ source, path, at: 0 });
  }
}

const NO_RENAMES: ReadonlyMap<string, string> = new Map();

function renamesOf(rewrites: readonly OutputRewrite[]): ReadonlyMap<string, string> {
  if (rewrites.length === 0) return NO_RENAMES;
  const renames = new Map<string, string>();
  for (const { path, renameTo } of rewrites) {
    const last = path.at(-1);
    if (last?.kind === 'key') renames.set(last.name, renameTo);
  }
  return renames;
}

function entitySelections(top: readonly SelectionNode[], alias: string): readonly SelectionNode[] {
  for (const field of top) {
    if (field.kind !== Kind.FIELD || (field.alias?.value ?? field.name.value) !== alias) continue;
    return field.selectionSet?.selections ?? [];
  }
  return [];
}

/** One plan's documents, followed beside the client's. */
class Walk {
  readonly amendments = new Map<FetchNode | EntitiesNode, Amendment>();
  readonly #types: PlanTypes;
  readonly #ids = new Map<object, number>();
  readonly #seen = new Set<string>();

  constructor(types: PlanTypes) {
    this.#types = types;
  }

  place(
    possible: readonly string[],
    client: readonly Source[],
    sources: readonly Source[],
    pending: readonly Pending[],
    where: string,
  ): string | undefined {
    for (const type of possible) {
      const here = sources.slice();
      const further: Pending[] = [];
      for (const way of pending) {
        const next = this.#through(way, type);
        if (next === undefined) continue;
        if (next.at === next.path.length) here.push(next.source);
        else further.push(next);
      }
      const missing = this.#object(type, client, here, further, where);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  #object(
    type: string,
    client: readonly Source[],
    sources: readonly Source[],
    pending: readonly Pending[],
    where: string,
  ): string | undefined {
    const fetched = collectFields(type, sources, this.#types);
    for (const [key, asked] of collectFields(type, client, this.#types)) {
      const name = asked.field.name.value;
      if (name.startsWith('__')) continue;
      const found = fetched.get(key);
      if (!found) {
        if (this.#add(type, asked, sources)) continue;
        return `${type}.${name} at ${where}/${key}`;
      }
      if (asked.below.length === 0) continue;
      const next = pending.flatMap((way): Pending[] => {
        const segment = way.path[way.at];
        return segment?.kind === 'field' && segment.name === key ? [{ ...way, at: way.at + 1 }] : [];
      });
      const possible = this.#types.possibleAt(
        type,
        name,
        found.below.map(({ subgraph }) => subgraph),
      );
      if (!this.#isNew(possible, asked.below, found.below, next)) continue;
      const missing = this.place(possible, asked.below, found.below, next, `${where}/${key}`);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  /** Adds a field to the first of the fetches at its place that can tell it, with all that is selected below. */
  #add(type: string, asked: Asked, sources: readonly Source[]): boolean {
    const source = sources.find(({ subgraph }) => this.#tells(type, asked, subgraph));
    if (!source?.fetch || this.#conflicts(type, asked, source)) return false;
    const amendment = this.amendments.get(source.fetch) ?? { read: source.read, added: new Map() };
    this.amendments.set(source.fetch, amendment);
    const list: SelectionNode[] = amendment.added.get(source.selections) ?? [];
    amendment.added.set(source.selections, list);
    const selections = pruneSelections(asked.nodes, [type], source.subgraph, this.#types);
    list.push({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
      selectionSet: { kind: Kind.SELECTION_SET, selections },
    });
    return true;
  }

  /** Whether a subgraph resolves a field and all that is asked for below it. */
  #tells(type: string, { field, below }: Asked, subgraph: string): boolean {
    const name = field.name.value;
    if (!this.#types.resolves(type, name, subgraph)) return false;
    if (below.length === 0) return true;
    return this.#types.possibleAt(type, name, [subgraph]).every((possible) => {
      const fields = collectFields(possible, below, this.#types);
      return [...fields.values()].every(
        (next) => next.field.name.value === '__typename' || this.#tells(possible, next, subgraph),
      );
    });
  }

  /** Whether the key is asked for of another type already, with values of another kind (GraphQL §5.3.2). */
  #conflicts(type: string, { field, key }: Asked, source: Source): boolean {
    const kind = this.#types.fieldType(type, field.name.value);
    return this.#types.objects().some((other) => {
      if (other === type) return false;
      const found = collectFields(other, [{ ...source, renames: NO_RENAMES }], this.#types).get(key);
      return found !== undefined && this.#types.fieldType(other, found.field.name.value) !== kind;
    });
  }

  /** Past the type conditions that stand next on a path; `undefined` where `type` does not meet them. */
  #through(way: Pending, type: string): Pending | undefined {
    let { at } = way;
    for (;;) {
      const segment: PathSegment | undefined = way.path[at];
      if (segment?.kind !== 'type') return at === way.at ? way : { ...way, at };
      if (!segment.types.some((name) => this.#types.holds(type, name))) return undefined;
      at += 1;
    }
  }

  /** Whether these have not met before: one place reached through many types is looked at once. */
  #isNew(
    possible: readonly string[],
    client: readonly Source[],
    sources: readonly Source[],
    pending: readonly Pending[],
  ): boolean {
    if (this.#seen.size >= MAX_PLACES) return false;
    const ids = (list: readonly Source[]) => list.map(({ selections }) => this.#idOf(selections)).join();
    const ways = pending.map(({ source, path, at }) => `${this.#idOf(source)}.${this.#idOf(path)}.${at}`);
    const key = `${possible.join()}|${ids(client)}|${ids(sources)}|${ways.join()}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #idOf(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(object, id);
    }
    return id;
  }
}
