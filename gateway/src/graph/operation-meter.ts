/**
 * Counts operations and plans. Names come from registered documents alone: what clients make up would be a series each,
 * so all of theirs are one.
 */
import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';

/** What `registered: false` operations are counted as, and registered ones without a name. */
const UNNAMED = '';

export interface PlanMeter {
  /** A plan that was there. */
  cached(): void;
  /** A plan that is being made. */
  making(plan: Promise<unknown>): void;
}

export interface OperationMeter {
  /** `outcome`: ok, partial (with errors) or refused. */
  ended(kind: string, outcome: 'ok' | 'partial' | 'refused'): void;
  /** The first answer of an operation was complete, so long after it began to run. */
  ran(operation: NamedOperation, tookMs: number): void;
  readonly plans: PlanMeter;
}

interface NamedOperation {
  readonly registered: boolean;
  readonly operation: { readonly name?: { readonly value: string } | undefined };
}

const RUN_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PLAN_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export const noPlans: PlanMeter = { cached: () => {}, making: () => {} };

export function operationMeter(meter: Meter, clock: Clock): OperationMeter {
  const count = meter.counter({
    name: 'frontdesk_graph_operations_total',
    help: 'GraphQL operations by kind and outcome: ok, partial (with errors), refused.',
    labels: ['kind', 'outcome'],
  });
  const ran = meter.histogram({
    name: 'frontdesk_graph_operation_duration_seconds',
    help: 'Time that operations ran until their first answer, by the names of registered documents; all others have no name',
    labels: ['operation'],
    buckets: RUN_SECONDS,
  });
  const plans = meter.counter({
    name: 'frontdesk_graph_plans_total',
    help: 'Plans that operations asked for: cached, built, or failed',
    labels: ['result'],
  });
  const planned = meter.histogram({
    name: 'frontdesk_graph_plan_duration_seconds',
    help: 'Time to plan and compile an operation whose plan was not cached',
    labels: [],
    buckets: PLAN_SECONDS,
  });
  return {
    ended: (kind, outcome) => count(1, kind, outcome),
    ran({ registered, operation }, tookMs) {
      ran(tookMs / 1_000, registered ? (operation.name?.value ?? UNNAMED) : UNNAMED);
    },
    plans: {
      cached: () => plans(1, 'cached'),
      making(plan) {
        const startedAt = clock.now();
        plan.then(
          () => {
            plans(1, 'built');
            planned((clock.now() - startedAt) / 1_000);
          },
          () => plans(1, 'failed'),
        );
      },
    },
  };
}
