/**
 * Hive's planner in a process of its own: it stands apart from the gateway because a panic of that native code
 * aborts its whole process. It ends when the gateway does.
 */
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
  plannerService(importHive, (message) => process.send?.(message)),
);
process.on('disconnect', () => process.exit(0));
