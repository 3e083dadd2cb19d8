/**
 * Hive's planner (`@graphql-hive/router-query-planner`, Rust by N-API) behind our plan type. It plans off the
 * event loop; its native library is loaded on first use, so that platforms without a build can still start.
 */
import type * as Hive from '@graphql-hive/router-query-planner';
import { FrontdeskError } from '../core/errors.ts';
import type {
  EntityBatch,
  InputRewrite,
  OutputRewrite,
  PathSegment,
  PlanNode,
  Planner,
  PlanPath,
  RequiredSelection,
  RewriteSegment,
} from './plan.ts';

/** A planner over a supergraph, and the schema that clients see, as SDL. */
export interface HivePlanner extends Planner {
  readonly consumerSdl: string;
}

/** Loads the native planner. Rejects with the loader's error on a platform that has no build. */
export async function createHivePlanner(supergraphSdl: string): Promise<HivePlanner> {
  const { QueryPlanner } = await import('@graphql-hive/router-query-planner');
  const planner = new QueryPlanner(supergraphSdl);
  const noLabels = new Set<string>();
  return {
    consumerSdl: planner.consumerSchema,
    async plan(document, operationName) {
      let plan: Hive.QueryPlan;
      try {
        plan = await planner.planAsync(document, operationName ?? null, noLabels, 0);
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        throw new FrontdeskError('invalid_query', { detail: `no query plan: ${detail}`, cause: error });
      }
      return plan.node ? convertNode(plan.node, []) : undefined;
    },
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
  return converted.length > 1 ? { kind, nodes: converted } : converted[0];
}

function convertFetch(node: Hive.FetchNode, path: PlanPath): PlanNode {
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
  if (node.operationKind === 'subscription') {
    throw new FrontdeskError('invalid_query', { detail: 'the plan has a subscription' });
  }
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
