/** Plans that ask a subgraph what it cannot tell are refused: a wrong answer is worse than none. */
import { FrontdeskError } from '../../core/errors.ts';
import { PLAIN, type Planner } from './plan.ts';
import type { PlanSoundness } from './soundness.ts';

/** Rejects with `FrontdeskError('invalid_query')` where a plan is wrong, so that another planner may be asked. */
export function soundPlanner(planner: Planner, soundness: Pick<PlanSoundness, 'fault'>): Planner {
  return {
    ...planner,
    async plan(document, operationName, variant = PLAIN) {
      const plan = await planner.plan(document, operationName, variant);
      const fault = soundness.fault(plan);
      if (fault !== undefined)
        throw new FrontdeskError('invalid_query', { detail: `the plan is wrong: ${fault}` });
      return plan;
    },
    close: () => planner.close(),
  };
}
