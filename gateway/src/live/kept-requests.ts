/**
 * The last requests while somebody looked, and apart from them the last that were slow and that failed: a flood of good ones
 * must not push away the ones that people look for. Bounded, the oldest go first.
 */
import type { RequestTrace } from '../core/request-trace.ts';
import type { LiveRequest } from './snapshot.ts';

const MAX_RECENT = 200;
const MAX_FAILED = 60;
const MAX_SLOW = 60;
/** Parts, calls and waits of one list, some 150 bytes each: where requests make hundreds of calls, fewer are kept. */
const MAX_ENTRIES = 40_000;
/** A request is slow where it took so many times what its route's usual one takes, and at least so long. */
const SLOW_TIMES = 3;
const SLOW_LEAST_MS = 20;
/** How much one request moves what is usual of its route. */
const USUAL_SHARE = 0.1;
const MAX_ROUTES = 2_000;

interface Kept {
  readonly line: LiveRequest;
  readonly trace: RequestTrace;
}

export class KeptRequests {
  readonly #process: string;
  readonly #recent = new LastKept(MAX_RECENT);
  readonly #failed = new LastKept(MAX_FAILED);
  readonly #slow = new LastKept(MAX_SLOW);
  /** What a route's requests take, by its template. */
  readonly #usualMs = new Map<string, number>();

  constructor(process: string) {
    this.#process = process;
  }

  add(trace: RequestTrace): LiveRequest {
    const kept = { line: lineOf(trace, this.#process), trace };
    this.#recent.push(kept);
    if ((trace.status ?? 0) >= 500) this.#failed.push(kept);
    if (this.#isSlow(trace)) this.#slow.push(kept);
    return kept.line;
  }

  /** All that are kept, each once, the oldest first. */
  list(): LiveRequest[] {
    const lists = [this.#slow, this.#failed, this.#recent];
    const all = new Set(lists.flatMap(({ all: kept }) => kept.map(({ line }) => line)));
    return [...all].sort((a, b) => a.at - b.at);
  }

  /** The newest with this id. */
  find(id: string): RequestTrace | undefined {
    for (const list of [this.#recent, this.#failed, this.#slow]) {
      const found = list.all.findLast(({ trace }) => trace.id === id);
      if (found) return found.trace;
    }
    return undefined;
  }

  #isSlow({ route, totalMs }: RequestTrace): boolean {
    const usualMs = this.#usualMs.get(route);
    if (usualMs === undefined && this.#usualMs.size >= MAX_ROUTES) return totalMs >= 1_000;
    const next = usualMs === undefined ? totalMs : usualMs + (totalMs - usualMs) * USUAL_SHARE;
    this.#usualMs.set(route, next);
    return usualMs !== undefined && totalMs >= SLOW_LEAST_MS && totalMs > usualMs * SLOW_TIMES;
  }
}

/** The last so many, the oldest first. */
class LastKept {
  readonly all: Kept[] = [];
  readonly #most: number;
  #entries = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(kept: Kept): void {
    this.all.push(kept);
    this.#entries += entriesOf(kept);
    while (this.all.length > this.#most || (this.#entries > MAX_ENTRIES && this.all.length > 1)) {
      const gone = this.all.shift();
      if (gone) this.#entries -= entriesOf(gone);
    }
  }
}

function entriesOf({ trace: { parts, calls } }: Kept): number {
  let entries = 1 + parts.length + calls.length;
  for (const { waits } of parts) entries += waits.length;
  return entries;
}

function lineOf(trace: RequestTrace, process: string): LiveRequest {
  const { id, at, method, route, kind, screens, status, code, totalMs } = trace;
  let slowest: { upstream: string; ms: number } | undefined;
  for (const { upstream, startMs, endMs } of trace.calls) {
    const ms = Math.min(endMs ?? totalMs, totalMs) - startMs;
    if (!slowest || ms > slowest.ms) slowest = { upstream, ms };
  }
  return { id, process, at, method, route, kind, screens, status, code, totalMs, slowest };
}
