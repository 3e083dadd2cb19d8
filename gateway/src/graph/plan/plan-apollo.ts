/**
 * Apollo's planner (`@apollo/query-planner`, Elastic licence 2.0) behind our plan type. It runs in a thread of its own
 * (`planner-worker.ts`), started by the first plan that is asked for; what comes back is converted here.
 */
import { extname } from 'node:path';
import type * as Apollo from '@apollo/query-planner';
import { FrontdeskError } from '../../core/errors.ts';
import {
  type ContextArgument,
  type DeferredPart,
  type EntitiesNode,
  type EntityBatch,
  type FetchNode,
  type InputRewrite,
  type OutputRewrite,
  type PathSegment,
  PLAIN,
  type PlanNode,
  type Planner,
  type PlanPath,
  type RequiredSelection,
  type RewriteSegment,
} from './plan.ts';
import { type OpenPlanner, PlannerHost } from './planner-host.ts';
import { openPlannerThread } from './planner-thread.ts';
import { withPossibleDepends } from './possible-depends.ts';

const WORKER = new URL(`./planner-worker${extname(import.meta.filename)}`, import.meta.url);

/** The planner's thread, not yet started. */
export function apolloHost(
  supergraphSdl: string,
  killAfterMs?: number,
  open: OpenPlanner = openPlannerThread,
): PlannerHost<Apollo.QueryPlan> {
  return new PlannerHost({ open: (events) => open(WORKER, events), supergraphSdl, killAfterMs });
}

/** A planner whose thread starts with the first plan, or by `consumerSdl`. */
export interface ApolloPlanner extends Planner {
  ready(): Promise<void>;
  /** The schema that clients see. Rejects with a `PlannerLoadError` that says what is wrong with the supergraph. */
  consumerSdl(): Promise<string>;
}

export function createApolloPlanner(
  supergraphSdl: string,
  killAfterMs?: number,
  open?: OpenPlanner,
): ApolloPlanner {
  const host = apolloHost(supergraphSdl, killAfterMs, open);
  let plans = 0;
  return {
    consumerSdl: () => host.ready(),
    async ready() {
      await host.ready();
    },
    async plan(document, operationName, variant = PLAIN) {
      const { node } = await host.plan(document, operationName ?? null, variant);
      // A mutation is planned field by field: fetches of all of its plans have names of their own.
      plans += 1;
      const plan = node && convertApolloNode(node, [], `${plans}.`);
      return plan && withPossibleDepends(plan);
    },
    close: () => host.close(),
  };
}

/** Converts a node that stands below a `Flatten` of `path`. Names of fetches get the prefix `ids`. */
export function convertApolloNode(
  node: Apollo.PlanNode | Apollo.SubscriptionNode,
  path: PlanPath,
  ids: string,
): PlanNode | undefined {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel': {
      const kind = node.kind === 'Sequence' ? 'sequence' : 'parallel';
      const nodes = node.nodes.flatMap((child) => convertApolloNode(child, path, ids) ?? []);
      return nodes.length > 1 ? { kind, nodes } : nodes[0];
    }
    case 'Flatten':
      return convertApolloNode(node.node, [...path, ...node.path.flatMap(convertPathElement)], ids);
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        ifTrue: node.ifClause && convertApolloNode(node.ifClause, path, ids),
        ifFalse: node.elseClause && convertApolloNode(node.elseClause, path, ids),
      };
    case 'Fetch':
      return convertFetch(node, path, ids);
    case 'Defer':
      return {
        kind: 'defer',
        primary: node.primary.node && convertApolloNode(node.primary.node, path, ids),
        deferred: node.deferred.map((part) => convertDeferred(part, path, ids)),
      };
    case 'Subscription': {
      const primary = convertFetch(node.primary, path, ids);
      if (primary.kind !== 'fetch') {
        throw new FrontdeskError('invalid_query', { detail: 'the plan subscribes to entities' });
      }
      return { kind: 'subscription', primary, rest: node.rest && convertApolloNode(node.rest, path, ids) };
    }
  }
}

function convertDeferred(part: Apollo.DeferredNode, path: PlanPath, ids: string): DeferredPart {
  if (part.label === undefined) {
    throw new FrontdeskError('invalid_query', { detail: 'the plan defers something without a label' });
  }
  return {
    label: part.label,
    depends: part.depends.map(({ id }) => ids + id),
    node: part.node && convertApolloNode(part.node, path, ids),
  };
}

function convertFetch(node: Apollo.FetchNode, path: PlanPath, ids: string): FetchNode | EntitiesNode {
  const contexts = (node.contextRewrites ?? []).map(convertContext);
  const variables = node.variableUsages ?? [];
  const request = {
    ...(node.id !== undefined && { id: ids + node.id }),
    subgraph: node.serviceName,
    operationKind: node.operationKind,
    operation: node.operation,
    operationName: node.operationName,
    variables: variables.filter((name) => !contexts.some(({ variable }) => variable === name)),
  };
  const outputRewrites = (node.outputRewrites ?? []).map(convertOutputRewrite);
  if (!node.requires) {
    if (contexts.length > 0) {
      throw new FrontdeskError('invalid_query', { detail: 'the plan sets a context for a root field' });
    }
    return { kind: 'fetch', ...request, path, outputRewrites };
  }
  const batch: EntityBatch = {
    alias: '_entities',
    variable: 'representations',
    paths: [path],
    requires: node.requires.flatMap(convertRequired),
    inputRewrites: (node.inputRewrites ?? []).map(convertInputRewrite),
    outputRewrites,
    ...(contexts.length > 0 && { contexts }),
  };
  return { kind: 'entities', ...request, batches: [batch] };
}

/**
 * `name`, `@` (a list, for which our paths have no segment), either with the types on which it goes on: `name|[A,B]`,
 * `|[A,B]` at the root.
 */
function convertPathElement(element: string | number): PathSegment[] {
  const text = String(element);
  const bar = text.indexOf('|');
  const name = bar < 0 ? text : text.slice(0, bar);
  const segments: PathSegment[] = name === '' || name === '@' ? [] : [{ kind: 'field', name }];
  if (bar >= 0) segments.push({ kind: 'type', types: text.slice(bar + 2, -1).split(',') });
  return segments;
}

/** A field's key in the data is its key in the representation, too. */
function convertRequired(selection: Apollo.QueryPlanSelectionNode): RequiredSelection[] {
  const selections = (selection.selections ?? []).flatMap(convertRequired);
  if (selection.kind === 'Field') {
    const name = selection.alias ?? selection.name;
    return [{ kind: 'field', name, as: name, selections }];
  }
  if (selection.typeCondition === undefined) return selections;
  return [{ kind: 'fragment', type: selection.typeCondition, selections }];
}

function convertInputRewrite(rewrite: Apollo.FetchDataRewrite): InputRewrite {
  if (rewrite.kind !== 'ValueSetter' || typeof rewrite.setValueTo !== 'string') {
    throw new FrontdeskError('invalid_query', { detail: 'the plan renames a key of its input' });
  }
  return { path: rewrite.path.map(convertRewriteElement), value: rewrite.setValueTo };
}

function convertOutputRewrite(rewrite: Apollo.FetchDataRewrite): OutputRewrite {
  if (rewrite.kind !== 'KeyRenamer') {
    throw new FrontdeskError('invalid_query', { detail: 'the plan sets a value in a reply' });
  }
  return { path: rewrite.path.map(convertRewriteElement), renameTo: rewrite.renameKeyTo };
}

function convertContext({ path, renameKeyTo }: Apollo.FetchDataKeyRenamer): ContextArgument {
  const up = path.findIndex((element) => element !== '..');
  return {
    variable: renameKeyTo,
    up: up < 0 ? path.length : up,
    path: up < 0 ? [] : path.slice(up).map(convertRewriteElement),
  };
}

const FRAGMENT = '... on ';

function convertRewriteElement(element: string): RewriteSegment {
  return element.startsWith(FRAGMENT)
    ? { kind: 'type', types: [element.slice(FRAGMENT.length)] }
    : { kind: 'key', name: element };
}
