/**
 * What became of one request, for people who look at it: its calls and, of a BFF's screens, the parts that caused them.
 * Plain data without anything that a caller or a backend said: names, times, outcomes and places in the code.
 */
import type { Timeline } from './timeline.ts';

/** One attempt of one call. Times are milliseconds since the request began. */
export interface TracedCall {
  readonly upstream: string;
  /** The part, subgraph fetch or step that caused it. */
  readonly label: string | undefined;
  readonly attempt: number;
  readonly hedge: boolean;
  readonly startMs: number;
  readonly headMs: number | undefined;
  /** `undefined` for one that was still under way when the request was over. */
  readonly endMs: number | undefined;
  readonly endpoint: string | undefined;
  readonly status: number | undefined;
  readonly outcome: string | undefined;
  readonly bytes: number;
}

/** A time that a part spent waiting for another. */
export interface TracedWait {
  readonly part: string;
  readonly startMs: number;
  readonly endMs: number;
}

export type TracedOutcome = 'ok' | 'partial' | 'failed' | 'cached' | 'stale' | 'stopped';

export interface TracedFailure {
  /** A code of `core/errors.ts`. */
  readonly code: string;
  /** Where in the team's code an unexpected error came from: `src/screens/home.ts:12:5`. */
  readonly place: string | undefined;
}

export interface TracedPart {
  readonly screen: string;
  readonly name: string;
  readonly required: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly timeoutMs: number | undefined;
  readonly outcome: TracedOutcome;
  readonly failure: TracedFailure | undefined;
  readonly waits: readonly TracedWait[];
}

export interface RequestTrace {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** The template of its route, never the path itself. */
  readonly route: string;
  readonly kind: string;
  /** Names of the screens that were asked for. */
  readonly screens: readonly string[];
  /** `undefined` where the client went before there was an answer. */
  readonly status: number | undefined;
  readonly code: string | undefined;
  /** When the answer's head was there. */
  readonly headMs: number;
  /** When its last byte was sent. */
  readonly totalMs: number;
  /** How long there was, of a screen's own limit and the request's the shorter. */
  readonly deadlineMs: number | undefined;
  readonly parts: readonly TracedPart[];
  readonly calls: readonly TracedCall[];
}

/** A part that has settled. Times are the clock's. */
export interface SettledPart {
  readonly name: string;
  readonly part: { readonly required: boolean; readonly timeoutMs?: number | undefined };
  readonly startedAt: number;
  readonly durationMs: number;
  readonly ok: boolean;
  readonly partial: boolean;
  readonly from: 'cached' | 'stale' | undefined;
  readonly reason: unknown;
  readonly stopped: boolean;
  /** Under which span its calls were made. */
  readonly context?: { readonly trace: { readonly spanId: string } };
}

/** One run of a screen, as it goes. */
export interface ScreenTrace {
  /** Of each part that was started, asked for or used. */
  settled(part: SettledPart): void;
  /** What the screen made of it, which may be worse: a `shape` may fail. */
  ended(part: string, outcome: TracedOutcome, failure: unknown): void;
  /** `part` waited for `other` between these times of the clock. */
  waited(part: string, other: string, startedAt: number, endedAt: number): void;
}

/** Takes what happens to the screens of requests. */
export interface ScreenTraces {
  /** `undefined` for work that is no request's. */
  begin(
    timeline: Timeline,
    screen: { readonly field: string; readonly deadlineMs: number },
  ): ScreenTrace | undefined;
}
