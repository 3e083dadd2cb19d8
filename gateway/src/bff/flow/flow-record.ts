/**
 * What the journal holds of one run: all that somebody else needs to end it, and nothing secret. Of who asked it keeps
 * what backends are told of an identity, never a token or its claims. Once a run is settled its outcome alone is kept.
 */
import { createHash, hash } from 'node:crypto';
import { ERRORS, type ErrorCode, FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { CodedFailure } from './flow-failure.ts';

/** Largest value of one step, answer, and run, as JSON. */
const MAX_VALUE_BYTES = 64 * 1024;
const MAX_RECORD_BYTES = 1024 * 1024;
const KEY_CHARS = 32;

/**
 * `begun`: its first call may have been made. `done`: it gave its value. `failed`: it ended without one. `undoing`: it is
 * being taken back and never runs again. `undone`: nothing of it is left.
 */
export type StepState = 'begun' | 'done' | 'failed' | 'undoing' | 'undone';

export interface StepRecord {
  state: StepState;
  /** Whether it has an `undo`. */
  readonly effect: boolean;
  /** What it gave; absent where it gave nothing, or nobody knows. */
  value?: unknown;
  /** Of a failed step: whether its backend said that it did not do it. */
  refused?: boolean;
}

export type FlowOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly value: unknown;
      /** Optional steps that are missing. */
      readonly incomplete: readonly string[];
    }
  | { readonly kind: 'failed'; readonly failure: CodedFailure };

/** `forward`: steps are done. `back`: they are undone. `committed`: all required ones are done for good. `ended`: told. */
export type FlowPhase = 'forward' | 'back' | 'committed' | 'ended';

export interface StoredCaller {
  readonly subject: string;
  readonly consumer?: string | undefined;
  readonly tenant?: string | undefined;
  readonly plan?: string | undefined;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly scheme: string;
}

export interface FlowRecord {
  readonly v: 1;
  /** The flow's field. */
  readonly flow: string;
  /** Of the input, so that another one under the same key is seen. */
  readonly fingerprint: string;
  /** New for each attempt to open it. */
  readonly nonce: string;
  /** Of the request that began it, for the logs of backends. */
  readonly requestId: string;
  readonly traceId: string;
  /** Wall clock, ms. */
  readonly startedAt: number;
  phase: FlowPhase;
  input?: Readonly<Record<string, unknown>>;
  caller?: StoredCaller | undefined;
  steps: Record<string, StepRecord>;
  /** Why it goes back. */
  cause?: { readonly step: string | null; readonly failure: CodedFailure };
  /** What the caller gets: of a committed run, what there is without its optional steps. */
  outcome?: FlowOutcome;
  /** Of a stuck run: why, for operators. */
  reason?: string;
}

/** The record of a run that begins. */
export function newRecord({
  context,
  ...begun
}: Pick<FlowRecord, 'flow' | 'fingerprint' | 'nonce' | 'startedAt' | 'input'> & {
  readonly context: Pick<CallContext, 'id' | 'trace' | 'identity'>;
}): FlowRecord {
  const { id: requestId, trace, identity } = context;
  return {
    v: 1,
    ...begun,
    requestId,
    traceId: trace.traceId,
    phase: 'forward',
    caller: storedCaller(identity),
    steps: {},
  };
}

/** The name of a run in its journal: the same caller's same key is the same run. */
export function runIdOf(
  { bff, flow }: { readonly bff: string; readonly flow: string },
  caller: KnownCaller | undefined,
  key: string,
): string {
  return digest(JSON.stringify([bff, flow, whoIs(caller), key]));
}

/** Whose runs count together; `network` parts those whom nobody knows. */
export function callerIdOf(caller: KnownCaller | undefined, network: string): string {
  return digest(JSON.stringify(caller ? whoIs(caller) : [network]));
}

type KnownCaller = Pick<Identity, 'subject' | 'consumer' | 'tenant'>;

function whoIs(caller: KnownCaller | undefined): readonly (string | null)[] {
  return caller ? [caller.consumer ?? null, caller.subject, caller.tenant ?? null] : [];
}

/** The key of a step's requests: of the run and the step alone, so that even a journal that lost the run gives the same. */
export function stepKeyOf(runId: string, step: string): string {
  return `${runId}-${step}`;
}

export function fingerprintOf(input: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(input)))
    .digest('base64url');
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, KEY_CHARS);
}

/** The same whatever the order of members. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, member]) => [name, ordered(member)]));
}

/**
 * A value as JSON gives it back: what is used now is what would be after a crash. Throws `internal`, and `tooLarge` for what
 * is.
 */
export function asJson(value: unknown, what: string, tooLarge: ErrorCode = 'internal'): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new FrontdeskError('internal', { detail: `${what} is no JSON`, cause });
  }
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text) > MAX_VALUE_BYTES) {
    throw new FrontdeskError(tooLarge, { detail: `${what} is larger than ${MAX_VALUE_BYTES} bytes` });
  }
  const read: unknown = JSON.parse(text);
  return read;
}

/** Throws `internal` for what is too large, or no JSON. */
export function writeRecord(record: FlowRecord): string {
  let text: string;
  try {
    text = JSON.stringify(record);
  } catch (cause) {
    throw new FrontdeskError('internal', { detail: `a run of ${record.flow} is no JSON`, cause });
  }
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES) {
    throw new FrontdeskError('internal', {
      detail: `a run of ${record.flow} is larger than ${MAX_RECORD_BYTES} bytes`,
    });
  }
  return text;
}

/** What is left of a run when it is told. */
export function endedRecord({ input: _in, caller: _who, ...record }: FlowRecord): FlowRecord {
  const steps: Record<string, StepRecord> = {};
  for (const [name, { state, effect }] of Object.entries(record.steps)) steps[name] = { state, effect };
  return { ...record, steps, phase: 'ended' };
}

/** `undefined` for what is no record: another version's, or damaged. */
export function readRecord(text: string): FlowRecord | undefined {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isRecord(record) ? record : undefined;
}

function isRecord(value: unknown): value is FlowRecord {
  if (typeof value !== 'object' || value === null || !('v' in value) || value.v !== 1) return false;
  if (!('flow' in value && 'fingerprint' in value && 'steps' in value && 'phase' in value)) return false;
  if (typeof value.steps !== 'object' || value.steps === null) return false;
  if (!Object.values(value.steps).every(isStepRecord)) return false;
  return !('outcome' in value) || isOutcome(value.outcome);
}

function isStepRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'state' in value && typeof value.state === 'string';
}

function isOutcome(value: unknown): value is FlowOutcome {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'answered') return 'status' in value && typeof value.status === 'number';
  if (!('failure' in value) || typeof value.failure !== 'object' || value.failure === null) return false;
  return 'code' in value.failure && Object.hasOwn(ERRORS, String(value.failure.code));
}

export function storedCaller(identity: Identity | undefined): StoredCaller | undefined {
  if (!identity) return undefined;
  const { subject, consumer, tenant, plan, scopes, roles, scheme } = identity;
  return { subject, consumer, tenant, plan, scopes: [...scopes], roles, scheme };
}

/** Who asked, as far as the journal knows. It was proved when the run began, and holds for taking it back. */
export function identityOf(caller: StoredCaller | undefined): Identity | undefined {
  if (!caller) return undefined;
  const { subject, consumer, tenant, plan, scopes, roles, scheme } = caller;
  const expiresAt = Number.POSITIVE_INFINITY;
  return { subject, consumer, tenant, plan, scopes: new Set(scopes), roles, scheme, claims: {}, expiresAt };
}
