/**
 * What an answer tells of itself in `extensions`, to whoever asks for it and may know it: the static cost, the query
 * plan, and when each call to a subgraph began and ended. A request asks by the header `frontdesk-debug: cost, plan,
 * timeline` or by `extensions.frontdesk`, a list of the same words. Names of hosts are never told.
 */
import type { Timeline, UpstreamSpan } from '../core/timeline.ts';
import { printPlan } from './plan/plan-print.ts';
import { planTree } from './plan/plan-tree.ts';
import type { GraphRequest, PlannedOperation } from './request.ts';
import type { ExtensionsConfig } from './telling-config.ts';

/** What a request asks to be told and may be; `undefined` where that is nothing. */
export function askedFor(
  { debug, extensions }: Pick<GraphRequest, 'debug' | 'extensions'>,
  allowed: ExtensionsConfig,
): ExtensionsConfig | undefined {
  if (debug === undefined && extensions === undefined) return undefined;
  const words = new Set(debug?.toLowerCase().split(/[\s,]+/));
  const asked = extensions && Object.hasOwn(extensions, 'frontdesk') ? extensions.frontdesk : undefined;
  if (Array.isArray(asked)) for (const word of asked) words.add(String(word));
  const tell = {
    cost: allowed.cost && words.has('cost'),
    plan: allowed.plan && words.has('plan'),
    timeline: allowed.timeline && words.has('timeline'),
  };
  return tell.cost || tell.plan || tell.timeline ? tell : undefined;
}

/** One attempt of a call, in milliseconds since the operation began. */
export interface ToldCall {
  readonly subgraph: string;
  readonly label: string | null;
  readonly attempt: number;
  readonly startMs: number;
  readonly headMs: number | null;
  readonly endMs: number | null;
  readonly status: number | null;
  readonly outcome: string | null;
  readonly bytes: number;
  /** Whether another request's identical call answered this one. */
  readonly shared: boolean;
}

/** Takes the times of one operation, and tells them. */
export class Telling {
  readonly tell: ExtensionsConfig;
  readonly #timeline: Timeline;
  readonly #firstSpan: number;
  readonly #startMs: number;
  #admittedMs = 0;
  #plannedMs = 0;

  constructor(tell: ExtensionsConfig, timeline: Timeline) {
    this.tell = tell;
    this.#timeline = timeline;
    this.#firstSpan = timeline.spans.length;
    this.#startMs = timeline.elapsedMs();
  }

  /** The document is parsed, valid and paid for. */
  admitted(): void {
    this.#admittedMs = this.#now();
  }

  planned(): void {
    this.#plannedMs = this.#now();
  }

  /** The `extensions` of the answer, as JSON. `limit`: the most that an operation may cost; Infinity for no limit. */
  text(planned: PlannedOperation, limit: number): string {
    const { cost, plan, timeline } = this.tell;
    const told: Record<string, unknown> = {};
    if (cost) told.cost = { estimated: planned.cost, limit: Number.isFinite(limit) ? limit : null };
    if (plan || timeline) {
      told.frontdesk = {
        ...(plan && { plan: { text: printPlan(planned), tree: planTree(planned.plan, planned.shape) } }),
        ...(timeline && { timeline: this.#times() }),
      };
    }
    return JSON.stringify(told);
  }

  #times(): object {
    const totalMs = this.#now();
    const spans = this.#timeline.spans.slice(this.#firstSpan);
    return {
      totalMs,
      phases: [
        { name: 'prepare', startMs: 0, endMs: this.#admittedMs },
        { name: 'plan', startMs: this.#admittedMs, endMs: this.#plannedMs },
        { name: 'execute', startMs: this.#plannedMs, endMs: totalMs },
      ],
      calls: spans.map((span) => this.#call(span)),
    };
  }

  #call(span: UpstreamSpan): ToldCall {
    const { label, upstream } = span;
    return {
      subgraph: label?.startsWith(GRAPH_LABEL) ? label.slice(GRAPH_LABEL.length) : upstream,
      label: label ?? null,
      attempt: span.attempt,
      startMs: rounded(span.startMs - this.#startMs),
      headMs: span.headMs === undefined ? null : rounded(span.headMs - this.#startMs),
      endMs: span.endMs === undefined ? null : rounded(span.endMs - this.#startMs),
      status: span.status ?? null,
      outcome: span.outcome ?? null,
      bytes: span.bytes,
      shared: span.outcome === 'shared',
    };
  }

  #now(): number {
    return rounded(this.#timeline.elapsedMs() - this.#startMs);
  }
}

const GRAPH_LABEL = 'graph:';

/** To a hundredth of a millisecond. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** An answer's JSON object with `extensions` at its end. */
export function withExtensions(body: string, extensions: string): string {
  return `${body.slice(0, -1)},"extensions":${extensions}}`;
}
