/** What a run comes to: its answer, its failure with the names of what was done and undone, and what is said of it in logs. */
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { Flow } from './flow.ts';
import type { CodedFailure } from './flow-failure.ts';
import type { FlowHold } from './flow-hold.ts';
import type { FlowMeter } from './flow-meter.ts';
import { asJson, type FlowOutcome, type FlowRecord } from './flow-record.ts';

const MAX_TITLE_CHARS = 1000;

/** The flow's own answer from what its steps gave. Throws what `answer` throws, and `internal` where it is no JSON. */
export function answerOf(flow: Flow, record: FlowRecord, identity: Identity | undefined): FlowOutcome {
  const answer = flow.answer({
    use: (name) => record.steps[name]?.value,
    input: record.input ?? {},
    get identity() {
      if (!identity) throw new FrontdeskError('unauthenticated');
      return identity;
    },
  });
  const value = asJson(answer, `the answer of flow ${flow.field}`) ?? null;
  const incomplete = Object.keys(flow.steps).filter(
    (name) => flow.steps[name]?.optional && record.steps[name]?.state !== 'done',
  );
  return { kind: 'answered', status: flow.status, value, incomplete };
}

/** A failure that the journal can keep: what its step says of it beyond that is left out, and named in the log. */
export function keptFailure(failure: CodedFailure, meter: FlowMeter, flow: string): CodedFailure {
  const { members, title, ...rest } = failure;
  const short = title === undefined ? rest : { ...rest, title: title.slice(0, MAX_TITLE_CHARS) };
  if (members === undefined) return short;
  try {
    const read = asJson(members, `what a refusal of flow ${flow} says`);
    return typeof read === 'object' && read !== null ? { ...short, members: { ...read } } : short;
  } catch (error) {
    meter.logger.error(
      { flow, detail: toFrontdeskError(error).detail },
      'the members of a refusal are left out',
    );
    return short;
  }
}

/** `left`: the steps of which something may be left. */
export function failedOutcome(
  flow: Flow,
  { steps, cause }: FlowRecord,
  failure: CodedFailure,
  left: readonly string[],
): FlowOutcome {
  const inState = (state: string) => Object.keys(steps).filter((name) => steps[name]?.state === state);
  const members = {
    ...failure.members,
    flow: flow.field,
    failedStep: cause?.step ?? null,
    done: inState('done'),
    undone: inState('undone'),
    notUndone: left,
  };
  return { kind: 'failed', failure: { ...failure, members } };
}

/** A context in which nobody waits. */
export function withoutClient(context: CallContext, identity: Identity | undefined): CallContext {
  const { id, host, deadline, cancellation, timeline, trace, priority } = context;
  return { id, client: undefined, host, identity, deadline, cancellation, timeline, trace, priority };
}

/** How it ends is somebody else's to say. */
export function unsettled(cause: unknown): FrontdeskError {
  if (isUnsettled(cause)) return cause;
  const detail = cause instanceof FrontdeskError ? cause.detail : String(cause);
  return new FrontdeskError('flow_unsettled', {
    cause,
    retryAfterS: 1,
    ...(detail === undefined ? {} : { detail }),
  });
}

export function isUnsettled(thrown: unknown): thrown is FrontdeskError {
  return thrown instanceof FrontdeskError && thrown.code === 'flow_unsettled';
}

export function logOf({ id, record }: FlowHold, thrown?: unknown): Readonly<Record<string, unknown>> {
  const detail = thrown === undefined ? {} : { detail: toFrontdeskError(thrown).detail };
  return { flow: record.flow, run: id, requestId: record.requestId, ...detail };
}
