/**
 * Apollo's planner in a thread of its own (`@apollo/query-planner`, Elastic licence 2.0): it plans in tens of
 * milliseconds, which the event loop does not have. Loaded by the first operation that needs it.
 */
import { flushCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { parse } from 'graphql';
import { type ImportPlanner, plannerService } from './planner-service.ts';

const importApollo: ImportPlanner<QueryPlan> = async () => {
  const { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph, operationFromDocument, printSchema } =
    await import('@apollo/federation-internals');
  const { QueryPlanner } = await import('@apollo/query-planner');
  return (supergraphSdl) => {
    const supergraph = Supergraph.build(supergraphSdl, {
      supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
      validateSupergraph: false,
    });
    const schema = supergraph.apiSchema();
    const planner = new QueryPlanner(supergraph, {
      incrementalDelivery: { enableDefer: true },
      typeConditionedFetching: true,
      reuseQueryFragments: false,
    });
    return {
      consumerSdl: printSchema(schema),
      plan(document, operationName, { overrides }) {
        const options = operationName === null ? {} : { operationName };
        const operation = operationFromDocument(schema, parse(document, { noLocation: true }), options);
        const overrideConditions = new Map(overrides.map((label) => [label, true]));
        return planner.buildQueryPlan(operation, { overrideConditions });
      },
    };
  };
};

parentPort?.on(
  'message',
  plannerService(importApollo, (message) => {
    parentPort?.postMessage(message);
    // It is terminated in the end, and nothing of what was compiled would be kept for the next one.
    if (message.kind === 'loaded') setImmediate(flushCompileCache);
  }),
);
