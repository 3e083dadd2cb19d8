/**
 * Keeps planning within bounds. Operations are planned one at a time, so that one which ends the planner's process
 * takes no other with it; each is waited for no longer than the budget, and holds its place until the planner has
 * let go of it.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { refusal } from '../document/limits.ts';
import { PLAIN, type PlanNode, type Planner } from './plan.ts';

const MAX_RUNNING = 1;
const MAX_WAITING = 1000;

/** `planner`, with a time budget for each plan that runs (not for waiting its turn). */
export function boundedPlanner(planner: Planner, clock: Clock, budgetMs: number): Planner {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function turn(): Promise<void> {
    if (running < MAX_RUNNING) {
      running += 1;
      return;
    }
    if (waiting.length >= MAX_WAITING)
      throw new FrontdeskError('overloaded', { detail: 'too many plans wait' });
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async plan(document, operationName, variant = PLAIN) {
      await turn();
      try {
        // Until a planner that is only just starting stands, no budget runs.
        await planner.ready?.();
      } catch (error) {
        done();
        throw error;
      }
      const plan = planner.plan(document, operationName, variant);
      plan.then(done, done);
      const { promise, resolve, reject } = Promise.withResolvers<PlanNode | undefined>();
      const disarm = clock.after(budgetMs, () => {
        reject(refusal(`The operation could not be planned within ${budgetMs} ms.`));
      });
      plan.then(resolve, reject);
      try {
        return await promise;
      } finally {
        disarm();
      }
    },
    close: () => planner.close(),
  };
}
