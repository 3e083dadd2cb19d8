/**
 * Which planner plans an operation. Hive's is faster by an order of magnitude and plans fewer fetches; Apollo's knows
 * `@defer` and `@fromContext`, runs where there is no native build, and finds plans where Hive's finds none: so it
 * takes those, and whatever the other one rejects, breaks on, does not finish in time, or plans in part.
 */
import { hash } from 'node:crypto';
import { type DocumentNode, visit } from 'graphql';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { Lru } from '../lru.ts';
import { PlanCoverage } from './coverage.ts';
import { amendingPlanner, coveredPlanner, wholePlanner } from './covered-planner.ts';
import { withNarrowedBatches } from './narrowed-batches.ts';
import { PLAIN, type PlanNode, type Planner, type PlanVariant } from './plan.ts';
import { createApolloPlanner } from './plan-apollo.ts';
import { createHivePlanner } from './plan-hive.ts';
import { boundedPlanner } from './plan-queue.ts';
import { type OpenPlanner, PlannerLoadError } from './planner-host.ts';
import { soundPlanner } from './sound-planner.ts';
import { PlanSoundness } from './soundness.ts';

export type PlannerChoice = 'auto' | 'hive' | 'apollo';

/** How planners are started. */
export interface PlannerDoors {
  /** Hive's. */
  readonly process: OpenPlanner;
  /** Apollo's. */
  readonly thread: OpenPlanner;
}

export interface PlannerSettings {
  readonly choice: PlannerChoice;
  readonly clock: Clock;
  /** Milliseconds that Hive's planner has for one plan. */
  readonly budgetMs: number;
  /** Milliseconds that Apollo's planner has for one plan. */
  readonly apolloBudgetMs: number;
  /** Hears why an operation went to the second planner: once for each. */
  readonly onFallback?: ((reason: string) => void) | undefined;
  /** Default: each has a process or a thread of its own. */
  readonly doors?: PlannerDoors | undefined;
}

/** A planner over a supergraph, and the schema that clients see, as SDL. */
export interface ChosenPlanner extends Planner {
  readonly consumerSdl: string;
}

/** Operations that are known to need the second planner; the oldest are forgotten. */
const MAX_REMEMBERED = 10_000;
/** A planner that is merely slow on a busy machine is not killed: starting another costs more. */
const MIN_KILL_AFTER_MS = 1_000;

/** Rejects with an `Error` that says what is wrong with the supergraph, or that the planner is not to be had. */
export async function choosePlanner(
  supergraphSdl: string,
  supergraph: DocumentNode,
  settings: PlannerSettings,
): Promise<ChosenPlanner> {
  const { choice } = settings;
  const contexts = usesContexts(supergraph);
  if (choice === 'hive' && contexts) {
    throw new Error(
      "it uses @fromContext, which Hive's planner does not know: let `planner` be auto or apollo",
    );
  }
  const soundness = new PlanSoundness(supergraph);
  const native = choice === 'apollo' || contexts ? undefined : await startHive(supergraphSdl, settings);
  const hive = native && { ...soundPlanner(native, soundness), consumerSdl: native.consumerSdl };
  const coverage = new PlanCoverage(supergraph);
  const narrow = narrowing(supergraphSdl, coverage);
  if (choice === 'hive' && hive) {
    return { ...narrow(amendingPlanner(hive, coverage)), consumerSdl: hive.consumerSdl };
  }
  const apollo = createApolloPlanner(
    supergraphSdl,
    killAfter(settings.apolloBudgetMs),
    settings.doors?.thread,
  );
  const second = soundPlanner(boundedPlanner(apollo, settings.clock, settings.apolloBudgetMs), soundness);
  try {
    const consumerSdl = hive ? hive.consumerSdl : await apollo.consumerSdl();
    const alone = narrow(amendingPlanner(second, coverage));
    const covered = hive && coveredPlanner(hive, second, coverage, settings.onFallback);
    const first =
      covered && narrow(withFallback(covered, wholePlanner(second, coverage), settings.onFallback));
    return {
      consumerSdl,
      defers: true,
      plan: (document, name, variant = PLAIN) =>
        (variant.deferred ? alone : (first ?? alone)).plan(document, name, variant),
      close() {
        hive?.close();
        second.close();
      },
    };
  } catch (error) {
    second.close();
    throw error;
  }
}

/** For supergraphs with interface objects; plans over any other stay as they are. */
function narrowing(supergraphSdl: string, { types }: PlanCoverage): (planner: Planner) => Planner {
  if (!supergraphSdl.includes('isInterfaceObject: true')) return (planner) => planner;
  return (planner) => ({
    ...planner,
    plan: async (document, operationName, variant = PLAIN) =>
      withNarrowedBatches(document, await planner.plan(document, operationName, variant), types),
  });
}

/** `undefined` where this platform has no native build and another planner may take over. */
async function startHive(
  supergraphSdl: string,
  { choice, clock, budgetMs, doors }: PlannerSettings,
): Promise<ChosenPlanner | undefined> {
  try {
    const hive = await createHivePlanner(supergraphSdl, killAfter(budgetMs), doors?.process);
    const bounded = boundedPlanner(hive, clock, budgetMs);
    return { ...bounded, consumerSdl: hive.consumerSdl };
  } catch (error) {
    if (choice === 'auto' && error instanceof PlannerLoadError && !error.here) return undefined;
    throw error;
  }
}

function killAfter(budgetMs: number): number {
  return Math.max(MIN_KILL_AFTER_MS, budgetMs * 2);
}

/** Asks `second` for what `first` has no plan for, and from then on at once. */
export function withFallback(
  first: Planner,
  second: Planner,
  onFallback: ((reason: string) => void) | undefined,
): Planner {
  const unplannable = new Lru<true>(MAX_REMEMBERED);
  const plan = async (
    document: string,
    operationName: string | undefined,
    variant: PlanVariant = PLAIN,
  ): Promise<PlanNode | undefined> => {
    const key = hash('sha256', `${variant.overrides.join()}:${document}`);
    if (!unplannable.get(key)) {
      try {
        return await first.plan(document, operationName, variant);
      } catch (error) {
        if (!(error instanceof FrontdeskError) || error.code !== 'invalid_query') throw error;
        unplannable.set(key, true);
        onFallback?.(error.detail ?? error.message);
      }
    }
    return second.plan(document, operationName, variant);
  };
  return {
    plan,
    close() {
      first.close();
      second.close();
    },
  };
}

/** Whether an argument somewhere takes its value from a context (join spec: `@join__field(contextArguments:)`). */
function usesContexts(supergraph: DocumentNode): boolean {
  let found = false;
  visit(supergraph, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'join__field') return;
      found ||= given?.some((argument) => argument.name.value === 'contextArguments') ?? false;
    },
  });
  return found;
}
