/**
 * Turns a plan into a function that runs it. All that can be known beforehand is done here: documents encoded,
 * paths and merges generated, representations compiled. A run touches neither schema nor syntax trees.
 */
import type { EntitiesNode, EntityBatch, FetchNode, PlanNode } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { compileContexts } from './contexts.ts';
import { type DataObject, getOwn, type WrittenKey } from './data.ts';
import { announced, compileDefer } from './defer.ts';
import { type CompiledBatch, failsOnlyAsked, gather, scatter } from './entity-batch.ts';
import { type FetchOptions, type SendToSubgraph, subgraphSender } from './fetch.ts';
import { identityCheck } from './identity.ts';
import { withOtherKeys } from './other-keys.ts';
import { compileMerge, compilePath, compileRenames, failKeys, ofTypes } from './places.ts';
import { compileLikeness, compileRepresentation } from './representation.ts';
import type { RunPlan } from './run.ts';
import { requestPrefix, takeErrors, variablesText } from './subgraph-request.ts';
import { compileUnrequired } from './unrequired.ts';
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
    const [first] = node.batches;
    if (first?.contexts) {
      return compileContexts(node, first, this.#batch(node, first, written, []), send, this.#types);
    }
    const batches = node.batches.map((batch, index) =>
      this.#batch(node, batch, written, check.keys[index] ?? []),
    );
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

  #batch(
    { subgraph }: EntitiesNode,
    batch: EntityBatch,
    written: readonly WrittenKey[],
    identity: readonly string[],
  ): CompiledBatch {
    const below = written.find(({ key }) => key === batch.alias)?.below ?? [];
    const keys = renameKeys(below, batch.outputRewrites);
    const represent = compileRepresentation(batch.requires, batch.inputRewrites, this.#types);
    return {
      alias: batch.alias,
      variableText: JSON.stringify(batch.variable),
      collect: batch.paths.map((path) =>
        ofTypes(batch, compilePath(path, this.#types, this.#written.shared)),
      ),
      likeness: compileLikeness(batch.requires),
      represent: withOtherKeys(represent, batch, subgraph, this.#types),
      unrequired: compileUnrequired(batch, keys, subgraph, this.#types),
      keys,
      merge: compileMerge(keys, this.#types),
      rename: compileRenames(batch.outputRewrites, this.#types),
      identity,
      share: !this.#written.conflicts(batch.paths),
      types: this.#types,
    };
  }
}

async function idle(): Promise<void> {}
