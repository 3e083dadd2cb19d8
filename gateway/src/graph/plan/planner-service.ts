/**
 * The planner's side of the protocol, whatever planner it is and wherever it runs: loads one supergraph, and plans
 * what it is told.
 */
import type { PlanVariant } from './plan.ts';
import { isPlannerOrder, type PlannerReport } from './plan-protocol.ts';

/** A planner that has its supergraph. */
export interface LoadedPlanner<Plan> {
  readonly consumerSdl: string;
  plan(document: string, operationName: string | null, variant: PlanVariant): Plan | Promise<Plan>;
}

/** Gives the way to load a supergraph into a planner; rejects where this platform has none. */
export type ImportPlanner<Plan> = () => Promise<(supergraphSdl: string) => LoadedPlanner<Plan>>;

/** Answers each message by one report. */
export function plannerService<Plan>(
  importPlanner: ImportPlanner<Plan>,
  report: (message: PlannerReport<Plan>) => void,
): (message: unknown) => Promise<void> {
  let planner: LoadedPlanner<Plan> | undefined;

  async function load(supergraphSdl: string): Promise<void> {
    let here = false;
    try {
      const make = await importPlanner();
      here = true;
      planner = make(supergraphSdl);
      report({ kind: 'loaded', consumerSdl: planner.consumerSdl });
    } catch (error) {
      report({ kind: 'unloadable', reason: reasonOf(error), here });
    }
  }

  return async (message) => {
    if (!isPlannerOrder(message)) return;
    if (message.kind === 'load') return load(message.supergraphSdl);
    const { id, document, operationName, variant } = message;
    try {
      if (!planner) throw new TypeError('no supergraph is loaded');
      report({ kind: 'planned', id, plan: await planner.plan(document, operationName, variant) });
    } catch (error) {
      report({ kind: 'unplannable', id, reason: reasonOf(error) });
    }
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
