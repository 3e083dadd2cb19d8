/**
 * One request as rows of bars, and the way through it that made it as long as it was: shorten anything that is on the
 * critical path and the answer comes sooner; shorten anything else and it does not. Pure: a trace in, rows out.
 *
 * The path is found from the end: what the answer waited for last, what that waited for last, and so on to the start.
 * Its pieces touch each other and fill the request from its begin to its end.
 */
import type { RequestTrace, TracedCall, TracedPart } from '../core/request-trace.ts';

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

export interface WaterfallRow {
  readonly kind: 'request' | 'part' | 'call';
  /** The request is 0, its parts 1, their calls 2. */
  readonly depth: number;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** When it waited for another part; for a call, until its answer began. */
  readonly waits: readonly (Interval & { readonly for: string | undefined })[];
  /** Its pieces of the critical path, in order. */
  readonly critical: readonly Interval[];
  /** `ok`, `cached`, `failed`, `200`, a code. */
  readonly outcome: string;
  readonly state: 'good' | 'spared' | 'bad' | 'stopped';
  /** What else is to be known: `required`, `2nd attempt`, `hedge`, `waits for user`. */
  readonly notes: readonly string[];
}

export interface Waterfall {
  readonly id: string;
  readonly at: number;
  readonly method: string;
  readonly route: string;
  readonly screens: readonly string[];
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly totalMs: number;
  readonly headMs: number;
  readonly deadlineMs: number | undefined;
  /** Names along the critical path, the last first cause first: `user → offers`. */
  readonly path: readonly string[];
  readonly rows: readonly WaterfallRow[];
}

/** A piece of the critical path. `part` is its place among the parts; `undefined`: the request itself. */
interface Piece extends Interval {
  readonly part: number | undefined;
}

/** Times that differ by less are one: clocks are read one after another. */
const SAME_MS = 0.5;

export function waterfall(trace: RequestTrace): Waterfall {
  const parts = partsOf(trace);
  const pieces = criticalPieces(parts, trace.totalMs);
  const rows: WaterfallRow[] = [];
  const loose = trace.calls.filter(({ label }) => !parts.some(({ name }) => name === label));
  const own = pieces.filter(({ part }) => part === undefined);
  const criticalCalls = new Map<TracedCall, Interval[]>();
  const callsOf = (part: TracedPart) => trace.calls.filter(({ label }) => label === part.name);
  for (const piece of pieces) {
    const part = piece.part === undefined ? undefined : parts[piece.part];
    const calls = part ? callsOf(part) : loose;
    // A part that asks the graph has no calls of its own name: its subgraphs' fetches stand for it.
    noteCritical(calls.length > 0 ? calls : loose, piece, criticalCalls);
  }
  rows.push(requestRow(trace, own));
  for (const call of loose) rows.push(callRow(call, 1, trace.totalMs, criticalCalls.get(call) ?? []));
  for (const [i, part] of parts.entries()) {
    const ofPart = pieces.filter((piece) => piece.part === i);
    rows.push(partRow(part, ofPart));
    for (const call of callsOf(part))
      rows.push(callRow(call, 2, trace.totalMs, criticalCalls.get(call) ?? []));
  }
  const { id, at, method, route, screens, status, code, totalMs, headMs, deadlineMs } = trace;
  const path = pieces.flatMap(({ part }) => (part === undefined ? [] : (parts[part]?.name ?? [])));
  return {
    ...{ id, at, method, route, screens, status, code, totalMs, headMs, deadlineMs },
    path: path.filter((name, i) => name !== path[i - 1]),
    rows,
  };
}

/** The parts that a screen started, in the order in which they began. */
function partsOf({ parts, totalMs }: RequestTrace): readonly TracedPart[] {
  const within = (ms: number): number => Math.min(Math.max(0, ms), totalMs);
  return parts
    .map((part) => ({ ...part, startMs: within(part.startMs), endMs: within(part.endMs) }))
    .sort((a, b) => a.startMs - b.startMs);
}

/** The critical path, in order, from 0 to `totalMs`. */
export function criticalPieces(parts: readonly TracedPart[], totalMs: number): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (part: number | undefined, startMs: number, endMs: number): void => {
    if (endMs > startMs) pieces.push({ part, startMs, endMs });
  };
  let atMs = totalMs;
  let at = lastOf(parts);
  const first = at === undefined ? undefined : parts[at];
  if (first) {
    add(undefined, first.endMs, atMs);
    atMs = first.endMs;
  }
  /** Parts that go on where the one that they started began. */
  const users: number[] = [];
  for (let steps = 0; at !== undefined && steps < MAX_STEPS; steps += 1) {
    const part: TracedPart | undefined = parts[at];
    if (!part) break;
    const wait = lastWait(part, parts, atMs);
    if (wait) {
      add(at, wait.endMs, atMs);
      atMs = wait.endMs;
      // One that had begun before anybody waited for it was not started by this part.
      const used = parts[wait.part];
      if (used && used.startMs >= wait.startMs - SAME_MS) users.push(at);
      at = wait.part;
      continue;
    }
    add(at, part.startMs, atMs);
    atMs = Math.min(atMs, part.startMs);
    at = users.pop();
  }
  add(undefined, 0, atMs);
  return pieces.reverse();
}

/** Far beyond what a screen has; a trace of other making must not keep us for ever. */
const MAX_STEPS = 10_000;

/** What the answer waited for: the last to end; of those that end together one that was not merely stopped. */
function lastOf(parts: readonly TracedPart[]): number | undefined {
  let best: number | undefined;
  for (const [i, part] of parts.entries()) {
    const other = best === undefined ? undefined : parts[best];
    if (!other || beats(part, other)) best = i;
  }
  return best;
}

function beats(part: TracedPart, other: TracedPart): boolean {
  const together = Math.abs(part.endMs - other.endMs) < SAME_MS;
  if (together && (part.outcome === 'stopped') !== (other.outcome === 'stopped'))
    return other.outcome === 'stopped';
  return part.endMs > other.endMs;
}

interface Waited extends Interval {
  readonly part: number;
}

/** The last wait of a part that was over by `beforeMs` and took any time. */
function lastWait(part: TracedPart, parts: readonly TracedPart[], beforeMs: number): Waited | undefined {
  let best: Waited | undefined;
  for (const { part: name, startMs, endMs } of part.waits) {
    const used = parts.findIndex((one) => one.name === name && one.screen === part.screen);
    const end = Math.min(endMs, parts[used]?.endMs ?? endMs);
    if (used < 0 || end > beforeMs || end <= startMs || end <= (best?.endMs ?? -1)) continue;
    best = { part: used, startMs, endMs: end };
  }
  return best;
}

/** Marks the calls that were waited for within a piece, from its end: each the last to end before the one behind it began. */
function noteCritical(
  calls: readonly TracedCall[],
  piece: Interval,
  into: Map<TracedCall, Interval[]>,
): void {
  let atMs = piece.endMs;
  const left = new Set(calls);
  while (atMs > piece.startMs) {
    let last: TracedCall | undefined;
    for (const call of left) {
      if (call.endMs === undefined || call.endMs > atMs + SAME_MS || call.startMs >= atMs) continue;
      if (call.outcome === 'aborted' || call.outcome === 'hedged') continue;
      if (!last || call.endMs > (last.endMs ?? 0)) last = call;
    }
    if (!last) return;
    left.delete(last);
    const startMs = Math.max(piece.startMs, last.startMs);
    const endMs = Math.min(atMs, last.endMs ?? atMs);
    if (endMs <= startMs) return;
    into.set(last, [{ startMs, endMs }, ...(into.get(last) ?? [])]);
    atMs = startMs;
  }
}

function requestRow(trace: RequestTrace, critical: readonly Interval[]): WaterfallRow {
  const { status, code, totalMs, method, route, screens } = trace;
  const outcome = status === undefined ? 'gone' : code === undefined ? `${status}` : `${status} ${code}`;
  return {
    kind: 'request',
    depth: 0,
    name: screens.length > 0 ? screens.join(', ') : `${method} ${route}`,
    startMs: 0,
    endMs: totalMs,
    waits: [],
    critical,
    outcome,
    state: status === undefined ? 'stopped' : status >= 400 ? 'bad' : 'good',
    notes: [],
  };
}

const STATES = {
  ok: 'good',
  cached: 'spared',
  stale: 'spared',
  partial: 'bad',
  failed: 'bad',
  stopped: 'stopped',
} as const;

function partRow(part: TracedPart, critical: readonly Interval[]): WaterfallRow {
  const { name, startMs, endMs, outcome, failure, required, waits } = part;
  const notes = [required ? 'required' : 'optional'];
  for (const other of new Set(waits.map((wait) => wait.part))) notes.push(`waits for ${other}`);
  if (failure?.place !== undefined) notes.push(failure.place);
  return {
    kind: 'part',
    depth: 1,
    name,
    startMs,
    endMs,
    waits: waits.map((wait) => ({
      startMs: wait.startMs,
      endMs: Math.min(wait.endMs, endMs),
      for: wait.part,
    })),
    critical,
    outcome: failure ? failure.code : outcome,
    state: STATES[outcome],
    notes,
  };
}

/** What an upstream's call ended by, where that cost the backend nothing. */
const SPARED: ReadonlySet<string> = new Set(['cached', 'stale', 'shared', 'collapsed', 'hedged', 'aborted']);

function callRow(
  call: TracedCall,
  depth: number,
  totalMs: number,
  critical: readonly Interval[],
): WaterfallRow {
  const { upstream, label, startMs, headMs, outcome = 'under way', status, attempt, hedge, endpoint } = call;
  const notes: string[] = [];
  if (depth === 1 && label !== undefined) notes.push(label);
  if (hedge) notes.push('hedge');
  else if (attempt > 1) notes.push(`attempt ${attempt}`);
  if (endpoint !== undefined) notes.push(endpoint);
  const isGood = outcome === 'ok';
  const endMs = Math.max(startMs, Math.min(call.endMs ?? totalMs, totalMs));
  return {
    kind: 'call',
    depth,
    name: upstream,
    startMs,
    endMs,
    waits: headMs === undefined ? [] : [{ startMs, endMs: Math.min(headMs, endMs), for: undefined }],
    critical,
    outcome: status !== undefined && (isGood || outcome === 'status') ? String(status) : outcome,
    state: isGood ? 'good' : SPARED.has(outcome) ? 'spared' : call.endMs === undefined ? 'stopped' : 'bad',
    notes,
  };
}
