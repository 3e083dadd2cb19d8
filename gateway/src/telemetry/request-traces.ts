/** Keeps what happens to each request while it is under way, and gives it out once it is over. */
import type { Clock } from '../core/clock.ts';
import { type FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { Exchange, Handler, Reply } from '../core/exchange.ts';
import type {
  RequestTrace,
  ScreenTrace,
  ScreenTraces,
  SettledPart,
  TracedCall,
  TracedFailure,
  TracedOutcome,
  TracedPart,
  TracedWait,
} from '../core/request-trace.ts';
import type { Timeline, UpstreamSpan } from '../core/timeline.ts';
import { failurePlace } from './failure-place.ts';

/** Of one request; more are left out. */
const MAX_PARTS = 500;
const MAX_CALLS = 1000;
const MAX_WAITS = 1000;

export interface RequestTracesOptions {
  readonly clock: Clock;
  /** Places in the code are told relative to this folder. */
  readonly folder: string;
  /** Told of each request when it is over. `reply`: `undefined` where none came to be. It must not throw. */
  readonly onTrace: (trace: RequestTrace, exchange: Exchange, reply: Reply | undefined) => void;
}

interface Draft {
  /** The clock when the request began. */
  readonly startedAt: number;
  readonly at: number;
  readonly screens: Set<string>;
  readonly parts: Map<string, PartDraft>;
  waits: number;
  deadlineMs: number | undefined;
}

interface PartDraft {
  readonly screen: string;
  readonly name: string;
  readonly waits: TracedWait[];
  settled: SettledPart | undefined;
  outcome: TracedOutcome | undefined;
  failure: TracedFailure | undefined;
}

export class RequestTraces implements ScreenTraces {
  readonly #options: RequestTracesOptions;
  readonly #drafts = new WeakMap<Timeline, Draft>();

  constructor(options: RequestTracesOptions) {
    this.#options = options;
  }

  /** The same handler, with a trace of each request. */
  around(handler: Handler): Handler {
    return async (exchange) => {
      const draft = this.#open(exchange.timeline);
      let reply: Reply;
      try {
        reply = await handler(exchange);
      } catch (error) {
        this.#close(exchange, draft, undefined, exchange.timeline.elapsedMs(), toFrontdeskError(error));
        throw error;
      }
      const headMs = exchange.timeline.elapsedMs();
      reply.settlement.whenSettled(() => this.#close(exchange, draft, reply, headMs, exchange.error));
      return reply;
    };
  }

  begin(
    timeline: Timeline,
    { field, deadlineMs }: { readonly field: string; readonly deadlineMs: number },
  ): ScreenTrace | undefined {
    const draft = this.#drafts.get(timeline);
    if (!draft) return undefined;
    draft.screens.add(field);
    draft.deadlineMs = Math.min(
      draft.deadlineMs ?? Number.POSITIVE_INFINITY,
      timeline.elapsedMs() + deadlineMs,
    );
    const { startedAt } = draft;
    const of = (name: string): PartDraft => partOf(draft, field, name);
    return {
      settled: (part) => {
        of(part.name).settled = part;
      },
      ended: (name, outcome, failure) => {
        const part = of(name);
        part.outcome = outcome;
        if (failure !== undefined) part.failure = this.#failureOf(failure);
      },
      waited: (name, other, from, to) => {
        if (++draft.waits > MAX_WAITS) return;
        of(name).waits.push({ part: other, startMs: from - startedAt, endMs: to - startedAt });
      },
    };
  }

  #open(timeline: Timeline): Draft {
    const { clock } = this.#options;
    const elapsedMs = timeline.elapsedMs();
    const draft: Draft = {
      // Not counted back from now: between two looks at the clock a busy machine may do something else.
      startedAt: timeline.startedAt,
      at: clock.wall() - elapsedMs,
      screens: new Set(),
      parts: new Map(),
      waits: 0,
      deadlineMs: undefined,
    };
    this.#drafts.set(timeline, draft);
    return draft;
  }

  #close(
    exchange: Exchange,
    draft: Draft,
    reply: Reply | undefined,
    headMs: number,
    error: Error | undefined,
  ): void {
    const { id, method, route, timeline } = exchange;
    this.#drafts.delete(timeline);
    const failure = error && toFrontdeskError(error);
    const trace: RequestTrace = {
      id,
      at: Math.round(draft.at),
      method,
      route: route?.template ?? '(no route)',
      kind: route?.kind ?? 'none',
      screens: [...draft.screens],
      status: reply?.status ?? failure?.status,
      code: failure?.code,
      headMs,
      totalMs: timeline.elapsedMs(),
      deadlineMs: draft.deadlineMs,
      parts: [...draft.parts.values()].flatMap((part) => this.#partOf(part, draft)),
      calls: timeline.spans.slice(0, MAX_CALLS).map(callOf),
    };
    this.#options.onTrace(trace, exchange, reply);
  }

  /** None for one that never settled: it was asked for when all was over. */
  #partOf({ screen, name, waits, settled, outcome, failure }: PartDraft, { startedAt }: Draft): TracedPart[] {
    if (!settled) return [];
    const { part, reason } = settled;
    const startMs = settled.startedAt - startedAt;
    return [
      {
        screen,
        name,
        required: part.required,
        startMs,
        endMs: startMs + settled.durationMs,
        timeoutMs: part.timeoutMs,
        outcome: outcome ?? outcomeOf(settled),
        failure: failure ?? (settled.ok || settled.stopped ? undefined : this.#failureOf(reason)),
        waits,
      },
    ];
  }

  #failureOf(thrown: unknown): TracedFailure {
    const error: FrontdeskError = toFrontdeskError(thrown);
    const { cause } = error;
    // Ours come from our own code; what it was that a team's code threw is the cause.
    const place = cause instanceof Error ? failurePlace(cause, this.#options.folder) : undefined;
    return { code: error.code, place };
  }
}

function partOf({ parts }: Draft, screen: string, name: string): PartDraft {
  const key = `${screen} ${name}`;
  let part = parts.get(key);
  if (!part) {
    part = { screen, name, waits: [], settled: undefined, outcome: undefined, failure: undefined };
    if (parts.size < MAX_PARTS) parts.set(key, part);
  }
  return part;
}

function outcomeOf({ ok, from, partial, stopped }: SettledPart): TracedOutcome {
  if (ok) return from ?? (partial ? 'partial' : 'ok');
  return stopped ? 'stopped' : 'failed';
}

function callOf(span: UpstreamSpan): TracedCall {
  return { ...span };
}
