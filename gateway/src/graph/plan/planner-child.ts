/**
 * The planner's process: loads one supergraph into Hive's native planner and plans what it is told. It stands apart
 * from the gateway because a panic of that planner aborts its whole process. It ends when the gateway does.
 */
import { QueryPlanner } from '@graphql-hive/router-query-planner';
import { isPlannerOrder, type PlannerReport } from './plan-protocol.ts';

const noLabels = new Set<string>();
let planner: QueryPlanner | undefined;

function report(message: PlannerReport): void {
  process.send?.(message);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.on('message', async (message: unknown) => {
  if (!isPlannerOrder(message)) return;
  if (message.kind === 'load') {
    try {
      planner = new QueryPlanner(message.supergraphSdl);
      report({ kind: 'loaded', consumerSdl: planner.consumerSchema });
    } catch (error) {
      report({ kind: 'unloadable', reason: reasonOf(error) });
    }
    return;
  }
  const { id, document, operationName } = message;
  try {
    if (!planner) throw new TypeError('no supergraph is loaded');
    report({ kind: 'planned', id, plan: await planner.planAsync(document, operationName, noLabels, 0) });
  } catch (error) {
    report({ kind: 'unplannable', id, reason: reasonOf(error) });
  }
});

process.on('disconnect', () => process.exit(0));
