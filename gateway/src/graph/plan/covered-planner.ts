/** Plans that leave out what the client selects are not taken where another planner has a better one. */
import { FrontdeskError } from '../../core/errors.ts';
import type { PlanCoverage } from './coverage.ts';
import { PLAIN, type Planner } from './plan.ts';

/**
 * `first`, and `second` for the operations whose plans by `first` are not whole and cannot be made so. Where
 * `second` has none either, the first plan is taken: what it leaves out may not exist.
 */
export function coveredPlanner(
  first: Planner,
  second: Planner,
  coverage: Pick<PlanCoverage, 'complete'>,
  onFallback?: (reason: string) => void,
): Planner {
  return {
    async plan(document, operationName, variant = PLAIN) {
      const { plan, missing } = coverage.complete(
        document,
        await first.plan(document, operationName, variant),
      );
      if (missing === undefined) return plan;
      onFallback?.(`the plan leaves out ${missing}`);
      try {
        return coverage.complete(document, await second.plan(document, operationName, variant)).plan;
      } catch (error) {
        if (!(error instanceof FrontdeskError)) throw error;
        return plan;
      }
    },
    close() {
      first.close();
      second.close();
    },
  };
}

/** `planner` where there is no other: its plans are made as whole as they can be. */
export function amendingPlanner(planner: Planner, coverage: Pick<PlanCoverage, 'complete'>): Planner {
  return {
    async plan(document, operationName, variant = PLAIN) {
      return coverage.complete(document, await planner.plan(document, operationName, variant)).plan;
    },
    close: () => planner.close(),
  };
}

/** `planner`, whose plans are refused where they are not whole and cannot be made so. */
export function wholePlanner(planner: Planner, coverage: Pick<PlanCoverage, 'complete'>): Planner {
  return {
    async plan(document, operationName, variant = PLAIN) {
      const { plan, missing } = coverage.complete(
        document,
        await planner.plan(document, operationName, variant),
      );
      if (missing === undefined) return plan;
      throw new FrontdeskError('invalid_query', { detail: `no subgraph can be asked for ${missing}` });
    },
    close: () => planner.close(),
  };
}
