/**
 * What is taken down of one request while it is under way: as little as can be, for most of it is thrown away. The spans
 * are made of it when the request is over, if its trace is kept.
 */
import type { Exchange } from '../../core/exchange.ts';
import type { ScreenTrace, SettledPart, TracedOutcome } from '../../core/request-trace.ts';
import type { Outcome } from '../../core/settlement.ts';
import type { TracedWork, TraceRecorder } from '../../core/trace-recorder.ts';

/** Of one request; more are counted and left out. */
const MAX_STEPS = 64;
const MAX_WORKS = 500;
const MAX_PARTS = 500;
const MAX_WAITS = 500;

export interface RecordedPart {
  readonly screen: string;
  readonly settled: SettledPart;
  /** What the screen made of it, which may be worse. */
  outcome: TracedOutcome | undefined;
  failure: unknown;
}

export interface RecordedWait {
  readonly screen: string;
  readonly part: string;
  readonly other: string;
  /** By the clock. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The caller's position, where it sent a valid one. */
export interface IncomingParent {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
}

export interface RecorderParts {
  readonly spanId: () => string;
  /** Of the request. */
  readonly elapsedMs: () => number;
  /** The clock when the request began, and the time of the day. */
  readonly startedAt: number;
  readonly startedWallMs: number;
  readonly parent: IncomingParent | undefined;
  /** Whether the trace is kept whatever comes of it. */
  readonly isTaken: boolean;
}

export class RequestRecorder implements TraceRecorder {
  readonly parent: IncomingParent | undefined;
  readonly isTaken: boolean;
  readonly startedAt: number;
  readonly startedWallMs: number;
  /** Names of steps, each with the time at which it began; an empty name ends the one before. */
  readonly steps: string[] = [];
  readonly stepTimes: number[] = [];
  works: TracedWork[] | undefined = undefined;
  parts: RecordedPart[] | undefined = undefined;
  waits: RecordedWait[] | undefined = undefined;
  errors = 0;
  events = 0;
  /** What was left out. */
  omitted = 0;
  /** When the head of the answer was there; `undefined` while it is not. */
  headMs: number | undefined = undefined;
  /** Whether the answer has no end of its own. */
  isStream = false;
  readonly #spanId: () => string;
  readonly #elapsedMs: () => number;

  constructor(parts: RecorderParts) {
    this.#spanId = parts.spanId;
    this.#elapsedMs = parts.elapsedMs;
    this.startedAt = parts.startedAt;
    this.startedWallMs = parts.startedWallMs;
    this.parent = parts.parent;
    this.isTaken = parts.isTaken;
  }

  spanId(): string {
    return this.#spanId();
  }

  step(name: string): void {
    if (this.steps.length >= MAX_STEPS) return;
    this.steps.push(name);
    this.stepTimes.push(this.#elapsedMs());
  }

  work(work: TracedWork): void {
    this.works ??= [];
    if (this.works.length < MAX_WORKS) this.works.push(work);
    else this.omitted += 1;
  }

  answerErrors(count: number): void {
    this.errors += count;
  }

  event(): void {
    this.events += 1;
  }

  /** The answer's head is there. */
  answered(isStream: boolean): void {
    this.headMs = this.#elapsedMs();
    this.isStream = isStream;
  }

  /** Takes down a run of a screen. */
  screen(field: string): ScreenTrace {
    return {
      settled: (settled) => {
        this.parts ??= [];
        if (this.parts.length >= MAX_PARTS) {
          this.omitted += 1;
          return;
        }
        this.parts.push({ screen: field, settled, outcome: undefined, failure: undefined });
      },
      ended: (name, outcome, failure) => {
        const part = this.parts?.find((one) => one.screen === field && one.settled.name === name);
        if (!part) return;
        part.outcome = outcome;
        part.failure = failure;
      },
      waited: (part, other, startedAt, endedAt) => {
        this.waits ??= [];
        if (this.waits.length < MAX_WAITS)
          this.waits.push({ screen: field, part, other, startedAt, endedAt });
      },
    };
  }

  /** Whether something went wrong that the status does not tell. */
  get hasFailed(): boolean {
    return this.errors > 0 || this.parts?.some((part) => outcomeOf(part) === 'failed') === true;
  }

  /** No fewer than its trace will have, but for the calls. */
  get size(): number {
    return 1 + this.steps.length + (this.works?.length ?? 0) + (this.parts?.length ?? 0);
  }
}

export function outcomeOf({ outcome, settled }: RecordedPart): TracedOutcome {
  if (outcome) return outcome;
  if (settled.ok) return settled.from ?? (settled.partial ? 'partial' : 'ok');
  return settled.stopped ? 'stopped' : 'failed';
}

/** All that is known of a request when it is over. */
export interface FinishedRequest {
  readonly exchange: Exchange;
  readonly recorder: RequestRecorder;
  readonly status: number;
  readonly outcome: Outcome;
  readonly durationMs: number;
}
