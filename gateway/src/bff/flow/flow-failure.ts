/** How a failed flow is told: to its caller, and to whoever asks again with the same key. */
import { ERRORS, type ErrorCode, FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { BackendStatusError } from '../backend-failure.ts';

/** A step's no, which trying again would not change. */
export interface RefusalOptions {
  /** 400 to 499. Default: 422. */
  readonly status?: number;
  /** What the client reads: `The card was declined`. Public. */
  readonly title?: string;
  /** Further members of the problem document. Public. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An error whose status and title are more particular than its code's. */
class ParticularError extends FrontdeskError {
  readonly #status: number;

  constructor(code: ErrorCode, { status, title, ...options }: StoredFailure & { readonly detail?: string }) {
    super(code, options);
    this.#status = status ?? ERRORS[code].status;
    if (title !== undefined) this.message = title;
  }

  override get status(): number {
    return this.#status;
  }
}

/** What the journal keeps of a failure: all that its caller was told. */
export interface StoredFailure {
  readonly status?: number;
  readonly title?: string;
  readonly retryAfterS?: number;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export interface CodedFailure extends StoredFailure {
  readonly code: ErrorCode;
}

/**
 * The error of a step that cannot do what the caller asks for, such as a declined card: `throw refuse({ status: 402, title:
 * 'The card was declined' })`. What was done before is undone, and the caller reads this. Throws a `RangeError` for a
 * status that is none of the caller's faults.
 */
export function refuse({ status = 422, title, members = {} }: RefusalOptions = {}): FrontdeskError {
  if (!Number.isInteger(status) || status < 400 || status > 499) {
    throw new RangeError(`refuse: expected a status from 400 to 499, not ${status}`);
  }
  return new ParticularError('flow_refused', { status, members, ...(title === undefined ? {} : { title }) });
}

/** A required step failed; `null`: no step did, and the flow does not go on. */
export class StepFailure extends Error {
  readonly step: string | null;

  constructor(step: string | null, cause: unknown) {
    super('a step failed', { cause });
    this.step = step;
  }
}

/** Answers of backends that speak of what was asked for, so that the caller is told the same status. */
const REFUSALS: ReadonlySet<number> = new Set([402, 404, 409, 410, 422]);
/** Statuses that say nothing of whether the request was carried out, or say that it may be later. */
const UNDECIDED: ReadonlySet<number> = new Set([408, 421, 425, 429]);
/** Statuses of gRPC by which a service says no for good. */
const DEFINITE: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'UNAUTHENTICATED',
]);

/** Whether the backend said that it did not do it, and would not do it. */
export function isDefinite(thrown: unknown): boolean {
  if (thrown instanceof BackendStatusError) {
    const { backendStatus: status } = thrown;
    return status >= 400 && status < 500 && !UNDECIDED.has(status);
  }
  if (typeof thrown === 'object' && thrown !== null && 'grpcStatus' in thrown)
    return DEFINITE.has(String(thrown.grpcStatus));
  return thrown instanceof FrontdeskError && thrown.code === 'flow_refused';
}

/** What a step's failure means for the caller. Its own words, where it is the caller's fault; else `flow_failed`. */
export function failureOf(thrown: unknown): CodedFailure {
  const error = toFrontdeskError(thrown);
  if (error instanceof BackendStatusError && REFUSALS.has(error.backendStatus))
    return { code: 'flow_refused', status: error.backendStatus };
  const isCallers = error.status >= 400 && error.status < 500 && error.code !== 'client_closed';
  const { retryAfterS } = error;
  const wait = retryAfterS === undefined ? {} : { retryAfterS };
  if (!isCallers) return { code: 'flow_failed', ...wait };
  const { code, status, message: title, members } = error;
  return { code, status, title, members, ...wait };
}

/** The error that the caller gets. `detail` is for the log. */
export function flowError(failure: CodedFailure, detail?: string): FrontdeskError {
  const { code, ...stored } = failure;
  return new ParticularError(code, detail === undefined ? stored : { ...stored, detail });
}
