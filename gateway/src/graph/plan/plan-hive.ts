/**
 * Hive's planner (`@graphql-hive/router-query-planner`, Rust by N-API) behind our plan type. It runs in a process of
 * its own (`planner-child.ts` says why); what comes back is converted here.
 */
import { extname } from 'node:path';
import type * as Hive from '@graphql-hive/router-query-planner';
import { FrontdeskError } from '../../core/errors.ts';
import type {
  EntitiesNode,
  EntityBatch,
  FetchNode,
  InputRewrite,
  OutputRewrite,
  PathSegment,
  PlanNode,
  Planner,
  PlanPath,
  RequiredSelection,
  RewriteSegment,
  SubscriptionNode,
} from './plan.ts';
import { PLAIN } from './plan.ts';
import { type OpenPlanner, PlannerHost } from './planner-host.ts';
import { openPlannerProcess } from './planner-process.ts';

/** A planner over a supergraph, and the schema that clients see, as SDL. */
export interface HivePlanner extends Planner {
  readonly consumerSdl: string;
}

const CHILD = new URL(`./planner-child${extname(import.meta.filename)}`, import.meta.url);

/** The planner's process, not yet started. */
export function hiveHost(
  supergraphSdl: string,
  killAfterMs?: number,
  open: OpenPlanner = openPlannerProcess,
): PlannerHost<Hive.QueryPlan> {
  return new PlannerHost({ open: (events) => open(CHILD, events), supergraphSdl, killAfterMs });
}

/** Starts the planner's process. Rejects with a `PlannerLoadError`: of the supergraph, or of the platform. */
export async function createHivePlanner(
  supergraphSdl: string,
  killAfterMs?: number,
  open?: OpenPlanner,
): Promise<HivePlanner> {
  const host = hiveHost(supergraphSdl, killAfterMs, open);
  return {
    consumerSdl: await host.ready(),
    async plan(document, operationName, variant = PLAIN) {
      const { node } = await host.plan(document, operationName ?? null, variant);
      return node ? convertNode(node, []) : undefined;
    },
    close: () => host.close(),
  };
}

/** Converts a node that stands below a `Flatten` of `path` (the root: an empty path). */
export function convertNode(node: Hive.PlanNode, path: PlanPath): PlanNode | undefined {
  switch (node.kind) {
    case 'Sequence':
      return group('sequence', node.nodes, path);
    case 'Parallel':
      return group('parallel', node.nodes, path);
    case 'Flatten':
      return convertNode(node.node, [...path, ...convertPath(node.path)]);
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        ifTrue: node.ifClause ? convertNode(node.ifClause, path) : undefined,
        ifFalse: node.elseClause ? convertNode(node.elseClause, path) : undefined,
      };
    case 'Fetch':
      return convertFetch(node, path);
    case 'Subscription':
      return convertSubscription(node.primary);
    case 'BatchFetch':
      return {
        kind: 'entities',
        ...request(node),
        batches: node.entityBatch.aliases.map((batch) => convertBatch(batch, path)),
      };
    default:
      throw new FrontdeskError('invalid_query', { detail: `the plan has a ${node.kind} node` });
  }
}

function group(
  kind: 'sequence' | 'parallel',
  nodes: readonly Hive.PlanNode[],
  path: PlanPath,
): PlanNode | undefined {
  const converted = nodes.map((node) => convertNode(node, path)).filter((node) => node !== undefined);
  const [first, ...others] = converted;
  // The planner states a subscription as the first step of a sequence: what follows it is done for each event.
  if (first?.kind === 'subscription' && others.length > 0) return { ...first, rest: grouped(kind, others) };
  return grouped(kind, converted);
}

function grouped(kind: 'sequence' | 'parallel', nodes: readonly PlanNode[]): PlanNode | undefined {
  return nodes.length > 1 ? { kind, nodes } : nodes[0];
}

function convertSubscription(node: Hive.FetchNode): SubscriptionNode {
  const primary = convertFetch(node, []);
  if (primary.kind !== 'fetch') {
    throw new FrontdeskError('invalid_query', { detail: 'the plan subscribes to entities' });
  }
  return { kind: 'subscription', primary, rest: undefined };
}

function convertFetch(node: Hive.FetchNode, path: PlanPath): FetchNode | EntitiesNode {
  const outputRewrites = convertOutputRewrites(node.outputRewrites);
  if (!node.requires) return { kind: 'fetch', ...request(node), path, outputRewrites };
  const batch: EntityBatch = {
    alias: '_entities',
    variable: 'representations',
    paths: [path],
    requires: node.requires.map(convertRequired),
    inputRewrites: convertInputRewrites(node.inputRewrites),
    outputRewrites,
  };
  return { kind: 'entities', ...request(node), batches: [batch] };
}

function request(node: Hive.FetchNode | Hive.BatchFetchNode) {
  return {
    subgraph: node.serviceName,
    operationKind: node.operationKind ?? 'query',
    operation: node.operation,
    operationName: node.operationName,
    variables: node.variableUsages ?? [],
  };
}

function convertBatch(batch: Hive.EntityBatchAlias, above: PlanPath): EntityBatch {
  return {
    alias: batch.alias,
    variable: batch.representationsVariableName,
    paths: batch.paths.map((path) => [...above, ...convertPath(path)]),
    requires: batch.requires.map(convertRequired),
    inputRewrites: convertInputRewrites(batch.inputRewrites),
    outputRewrites: convertOutputRewrites(batch.outputRewrites),
  };
}

/** Lists need no segment of their own: the executor passes through whatever nesting of lists it meets. */
function convertPath(path: readonly Hive.FlattenNodePathSegment[]): PathSegment[] {
  const segments: PathSegment[] = [];
  for (const segment of path) {
    if (segment === '@') continue;
    if ('Field' in segment) segments.push({ kind: 'field', name: segment.Field });
    else segments.push({ kind: 'type', types: segment.TypeCondition });
  }
  return segments;
}

/** In a `requires` selection the planner's `name` is the key in the data, `alias` the name to send. */
function convertRequired(selection: Hive.RequiresSelection): RequiredSelection {
  switch (selection.kind) {
    case 'Field':
      return {
        kind: 'field',
        name: selection.name,
        as: selection.alias ?? selection.name,
        selections: (selection.selections ?? []).map(convertRequired),
      };
    case 'InlineFragment':
      return {
        kind: 'fragment',
        type: selection.typeCondition,
        selections: selection.selections.map(convertRequired),
      };
    default:
      throw new FrontdeskError('invalid_query', { detail: 'the plan requires a named fragment' });
  }
}

function convertInputRewrites(rewrites: readonly Hive.InputRewrite[] | undefined): InputRewrite[] {
  const converted: InputRewrite[] = [];
  for (const rewrite of rewrites ?? []) {
    const setter =
      'ValueSetter' in rewrite ? rewrite.ValueSetter : 'setValueTo' in rewrite ? rewrite : undefined;
    if (!setter) throw new FrontdeskError('invalid_query', { detail: 'the plan renames a key of its input' });
    converted.push({ path: setter.path.map(convertRewriteSegment), value: setter.setValueTo });
  }
  return converted;
}

function convertOutputRewrites(rewrites: readonly Hive.OutputRewrite[] | undefined): OutputRewrite[] {
  const converted: OutputRewrite[] = [];
  for (const rewrite of rewrites ?? []) {
    if (!('KeyRenamer' in rewrite)) {
      throw new FrontdeskError('invalid_query', { detail: 'the plan sets a value in a reply' });
    }
    const { path, renameKeyTo } = rewrite.KeyRenamer;
    converted.push({ path: path.map(convertRewriteSegment), renameTo: renameKeyTo });
  }
  return converted;
}

function convertRewriteSegment(segment: Hive.FetchNodePathSegment): RewriteSegment {
  return 'Key' in segment
    ? { kind: 'key', name: segment.Key }
    : { kind: 'type', types: segment.TypenameEquals };
}
