/**
 * Turns a plan into a function that runs it. All that can be known beforehand is done here: documents encoded,
 * paths and merges generated, representations compiled. A run touches neither schema nor syntax trees.
 */
import type { EntitiesNode, EntityBatch, FetchNode, PlanNode } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { type DataObject, getOwn, isDataObject, markMissing, type WrittenKey } from './data.ts';
import { announced, compileDefer } from './defer.ts';
import { Failure, type FailureEntry, publicEntry } from './failure.ts';
import { type FetchOptions, type SendToSubgraph, subgraphSender } from './fetch.ts';
import { identityCheck, isSameEntity } from './identity.ts';
import {
  type CollectPlaces,
  cloneData,
  compileMerge,
  compilePath,
  compileRenames,
  failKeys,
  type Merge,
} from './places.ts';
import type { SubgraphReply } from './reply.ts';
import { compileLikeness, compileRepresentation, type Likeness, type Represent } from './representation.ts';
import type { Run, RunPlan } from './run.ts';
import { renameKeys, WrittenTree, writtenKeys } from './written.ts';

export function compilePlan(
  plan: PlanNode,
  types: TypeIndex,
  options: FetchOptions,
  written: WrittenTree = WrittenTree.of(plan),
): RunPlan {
  return new PlanCompiler(types, options, written).root(plan);
}

class PlanCompiler {
  readonly #types: TypeIndex;
  readonly #options: FetchOptions;
  readonly #written: WrittenTree;

  constructor(types: TypeIndex, options: FetchOptions, written: WrittenTree) {
    this.#types = types;
    this.#options = options;
    this.#written = written;
  }

  root(plan: PlanNode): RunPlan {
    const answersAll = plan.kind === 'fetch' && plan.path.length === 0 && plan.outputRewrites.length === 0;
    return answersAll ? this.#fetch(plan, true) : this.node(plan);
  }

  node(node: PlanNode): RunPlan {
    switch (node.kind) {
      case 'sequence': {
        const steps = node.nodes.map((child) => this.node(child));
        return async (run) => {
          for (const step of steps) await step(run);
        };
      }
      case 'parallel': {
        const steps = node.nodes.map((child) => this.node(child));
        return async (run) => {
          await Promise.all(steps.map((step) => step(run)));
        };
      }
      case 'condition': {
        const { variable } = node;
        const ifTrue = node.ifTrue ? this.node(node.ifTrue) : idle;
        const ifFalse = node.ifFalse ? this.node(node.ifFalse) : idle;
        return (run) => (getOwn(run.variables, variable) === true ? ifTrue : ifFalse)(run);
      }
      case 'subscription':
        // Of each event: what the source brings is merged by `subscribe/event.ts`.
        return node.rest ? this.node(node.rest) : idle;
      case 'defer':
        return compileDefer(node, (child) => this.node(child));
      case 'fetch':
        return announced(node.id, this.#fetch(node));
      case 'entities':
        return announced(node.id, this.#entities(node));
    }
  }

  #send(node: FetchNode | EntitiesNode): SendToSubgraph {
    return subgraphSender(node.subgraph, node.operationKind, this.#options);
  }

  #fetch(node: FetchNode, sole = false): RunPlan {
    const send = this.#send(node);
    const prefix = requestPrefix(node);
    const rename = compileRenames(node.outputRewrites, this.#types);
    const keys = renameKeys(writtenKeys(node.operation), node.outputRewrites);
    const merge = compileMerge(keys, this.#types);
    const collect = compilePath(node.path, this.#types, this.#written.shared);
    return async (run) => {
      const places: DataObject[] = [];
      collect(run.data, places);
      if (places.length === 0) return;
      const reply = await send({
        context: run.context,
        forwarded: run.forwarded,
        replyFields: run.replyFields,
        body: `${prefix}${variablesText(node.variables, run.variables)}}}`,
      });
      const { data } = reply;
      takeErrors(run, reply);
      if (sole) run.sole = reply;
      if (data) rename?.(data);
      for (const place of places) {
        if (data) merge(place, data);
        else failKeys(place, keys, reply.entries);
      }
    };
  }

  #entities(node: EntitiesNode): RunPlan {
    const send = this.#send(node);
    const { subgraph } = node;
    const check = identityCheck(node, this.#types);
    const plain = requestPrefix(node);
    let prefix = requestPrefix({ ...node, operation: check.operation });
    const written = writtenKeys(node.operation);
    const batches = node.batches.map((batch, index) => this.#batch(batch, written, check.keys[index] ?? []));
    return async (run) => {
      const asked = batches.map((batch) => gather(batch, run));
      if (asked.every(({ texts }) => texts.length === 0)) return;
      let variables = variablesText(node.variables, run.variables);
      batches.forEach((batch, index) => {
        const texts = asked[index]?.texts.join(',') ?? '';
        variables += `${variables === '' ? '' : ','}${batch.variableText}:[${texts}]`;
      });
      const { context, forwarded, replyFields } = run;
      let reply = await send({ context, forwarded, replyFields, body: `${prefix}${variables}}}` });
      if (reply.failed && prefix !== plain && failsOnlyAsked(reply, batches)) {
        // This subgraph resolves its entities without their keys: it is asked as planned from now on.
        prefix = plain;
        reply = await send({ context, forwarded, replyFields, body: `${prefix}${variables}}}` });
      }
      takeErrors(run, reply);
      batches.forEach((batch, index) => {
        const group = asked[index];
        if (group && group.texts.length > 0) scatter(batch, group, reply, run, subgraph);
      });
    };
  }

  #batch(batch: EntityBatch, written: readonly WrittenKey[], identity: readonly string[]): CompiledBatch {
    const below = written.find(({ key }) => key === batch.alias)?.below ?? [];
    const keys = renameKeys(below, batch.outputRewrites);
    return {
      alias: batch.alias,
      variableText: JSON.stringify(batch.variable),
      collect: batch.paths.map((path) => compilePath(path, this.#types, this.#written.shared)),
      likeness: compileLikeness(batch.requires),
      represent: compileRepresentation(batch.requires, batch.inputRewrites, this.#types),
      keys,
      merge: compileMerge(keys, this.#types),
      rename: compileRenames(batch.outputRewrites, this.#types),
      identity,
      share: !this.#written.conflicts(batch.paths),
      types: this.#types,
    };
  }
}

interface CompiledBatch {
  readonly alias: string;
  readonly variableText: string;
  readonly collect: readonly CollectPlaces[];
  readonly represent: Represent;
  /** `undefined` where only their texts tell entities apart. */
  readonly likeness: Likeness | undefined;
  readonly keys: readonly WrittenKey[];
  readonly merge: Merge;
  readonly rename: ((object: unknown) => void) | undefined;
  readonly identity: readonly string[];
  /** Whether places may share the objects of one answer. */
  readonly share: boolean;
  readonly types: TypeIndex;
}

/** The distinct entities to ask for, and for each the places that wait for it. */
interface Gathered {
  readonly texts: string[];
  readonly places: DataObject[][];
}

function gather(batch: CompiledBatch, run: Run): Gathered {
  const texts: string[] = [];
  const places: DataObject[][] = [];
  const found: DataObject[] = [];
  for (const collect of batch.collect) collect(run.data, found);
  const index = new Map<string, DataObject[]>();
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
    const text = batch.represent(place);
    if (typeof text === 'string') {
      const known = index.get(text);
      if (known) {
        known.push(place);
      } else {
        const waiting = [place];
        index.set(text, waiting);
        texts.push(text);
        places.push(waiting);
        if (typeof key === 'string') alike.set(key, waiting);
      }
    } else if (text instanceof Failure) {
      // What it depends on failed, and so does it.
      const entries = text.entries.map((entry) => ({ ...entry, below: [], fromParent: false }));
      markMissing(place, batch.keys, new Failure(entries.slice(0, 1)));
    }
  }
  return { texts, places };
}

function scatter(
  batch: CompiledBatch,
  { texts, places }: Gathered,
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
    const entity: unknown = whole?.[i];
    if (whole && (entity === null || entity === undefined)) continue;
    if (isDataObject(entity) && isSameEntity(first, entity, batch.identity, batch.types)) {
      for (let p = 0; p < waiting.length; p++) {
        const place = waiting[p];
        if (!place) continue;
        const copied = batch.share || p === 0 ? entity : cloneData(entity);
        if (isDataObject(copied)) batch.merge(place, copied);
      }
      continue;
    }
    run.failed = true;
    const entries = lostEntries(batch, entity, list, reply, i, subgraph);
    for (const place of waiting) failKeys(place, batch.keys, entries);
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
function failsOnlyAsked(reply: SubgraphReply, batches: readonly CompiledBatch[]): boolean {
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

export function takeErrors(run: Run, reply: SubgraphReply): void {
  if (!reply.plain) run.plain = false;
  if (!reply.failed) return;
  run.failed = true;
  if (reply.data) run.loose.push(...reply.entries);
}

export function requestPrefix(node: Pick<FetchNode, 'operation' | 'operationName'>): string {
  const name =
    node.operationName === undefined ? '' : `,"operationName":${JSON.stringify(node.operationName)}`;
  return `{"query":${JSON.stringify(node.operation)}${name},"variables":{`;
}

/** The members of the `variables` object; one that the client did not give is left out. */
export function variablesText(names: readonly string[], variables: DataObject): string {
  let text = '';
  for (const name of names) {
    const value = getOwn(variables, name);
    if (value !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text;
}

async function idle(): Promise<void> {}
