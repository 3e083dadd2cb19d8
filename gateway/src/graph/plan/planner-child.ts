/**
 * Hive's planner in a process of its own: it stands apart from the gateway because a panic of that native code
 * aborts its whole process. It ends when the gateway does.
 */
import { flushCompileCache } from 'node:module';
import type { QueryPlan } from '@graphql-hive/router-query-planner';
import { percentageFor } from './override-labels.ts';
import { type ImportPlanner, plannerService } from './planner-service.ts';

const importHive: ImportPlanner<QueryPlan> = async () => {
  const { QueryPlanner } = await import('@graphql-hive/router-query-planner');
  return (supergraphSdl) => {
    const planner = new QueryPlanner(supergraphSdl);
    const percentages = planner.overridePercentages;
    return {
      consumerSdl: planner.consumerSchema,
      plan: (document, operationName, { overrides }) =>
        planner.planAsync(document, operationName, new Set(overrides), percentageFor(percentages, overrides)),
    };
  };
};

process.on(
  'message',
  plannerService(importHive, (message) => {
    process.send?.(message);
    // It is killed in the end, and nothing of what was compiled would be kept for the next one.
    if (message.kind === 'loaded') setImmediate(flushCompileCache);
  }),
);
process.on('disconnect', () => process.exit(0));
