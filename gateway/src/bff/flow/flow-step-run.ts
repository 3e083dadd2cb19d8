/**
 * One call of a step's `run` or `undo`: under its own time limit, with doors to the backends that close when it is over or
 * the run is no longer ours. Its promise settles once, whatever the function does afterwards.
 */
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { spanUnder } from '../../core/traced-context.ts';
import type { OpenClients, PartScope } from '../screen/part-run.ts';
import type { FlowHold } from './flow-hold.ts';
import { asJson, stepKeyOf } from './flow-record.ts';
import type { ErasedStepContext, Step } from './flow-step.ts';

/** What the steps of a run share. */
export interface StepScope {
  readonly flow: string;
  readonly hold: FlowHold;
  /** The request's, or one that stands in for it after a crash. Its own cancellation and deadline are not used. */
  readonly context: CallContext;
  readonly openClients: OpenClients;
  readonly input: unknown;
  readonly clock: Clock;
  /** The value of a step that is done. */
  valueOf(name: string): unknown;
}

const OVER = new FrontdeskError('client_closed', { detail: 'the step is over' });

/** Calls `run`; its value as JSON holds it. `limitMs`: of this call, besides the step's own. */
export async function runStep(scope: StepScope, name: string, step: Step, limitMs: number): Promise<unknown> {
  const value = await called(scope, name, step, limitMs, (context) => step.run(context));
  return asJson(value, `the value of step ${name}`);
}

/** Calls `undo`. `value`: what `run` gave, where that is known. */
export async function undoStep(scope: StepScope, name: string, step: Step, value: unknown): Promise<void> {
  await called(scope, name, step, step.undoTimeoutMs, async (context) => {
    // Given as it is read: whoever changes it changes nothing of the record.
    await step.undo?.(Object.assign(context, { value: structuredClone(value) }));
  });
}

async function called(
  scope: StepScope,
  name: string,
  step: Step,
  limitMs: number,
  call: (context: ErasedStepContext) => unknown,
): Promise<unknown> {
  const { clock, hold, flow } = scope;
  const cancellation = hold.cancellation();
  cancellation.throwIfCancelled();
  const deadline = new Deadline(clock, cancellation);
  const endsAt = clock.now() + limitMs;
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  stopped.catch(() => {});
  cancellation.onCancel(reject);
  deadline.within(limitMs);
  let isPartial = false;
  const { id, client, host, identity, timeline, priority } = scope.context;
  const trace = spanUnder(scope.context.trace, timeline);
  const startMs = timeline.elapsedMs();
  let failure: unknown;
  const part: PartScope = {
    name,
    context: { id, client, host, identity, timeline, trace, priority, deadline, cancellation },
    // Where the step says nothing of its own, one attempt may take what its upstream grants it, as everywhere else.
    remainingMs: () => (step.timeoutMs === undefined ? undefined : Math.max(0, endsAt - clock.now())),
    notePartial: () => {
      isPartial = true;
    },
  };
  try {
    const result = call(contextOf(scope, part, name, step));
    const value = await Promise.race([result, stopped]);
    if (isPartial) {
      const detail = `flow ${flow}: a part of what step ${name} asked the graph for failed`;
      throw new FrontdeskError('upstream_error', { detail });
    }
    return value;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    timeline.recorder?.work({
      name: `step ${name}`,
      spanId: trace.spanId,
      parentId: scope.context.trace.spanId,
      startMs,
      endMs: timeline.elapsedMs(),
      error: failure === undefined ? undefined : toFrontdeskError(failure).code,
      attributes: { 'frontdesk.flow': flow, 'frontdesk.step': name },
    });
    deadline.end();
    cancellation.cancel(OVER);
  }
}

function contextOf(scope: StepScope, part: PartScope, name: string, step: Step): ErasedStepContext {
  const { identity } = part.context;
  const clients = scope.openClients(part);
  return {
    rest: clients.rest,
    grpc: clients.grpc,
    graph: (document, variables) => clients.graph(document, variables),
    use(used) {
      if (!Object.hasOwn(step.uses, used)) {
        const detail = `flow ${scope.flow}: step ${name} uses ${used} without saying so in \`uses\``;
        throw new FrontdeskError('internal', { detail });
      }
      return scope.valueOf(used);
    },
    get identity() {
      if (!identity) throw new FrontdeskError('unauthenticated');
      return identity;
    },
    input: scope.input,
    key: stepKeyOf(scope.hold.id, name),
  };
}
