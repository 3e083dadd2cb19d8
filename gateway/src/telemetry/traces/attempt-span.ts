/** The span of one attempt of a call to an upstream. */
import type { UpstreamSpan } from '../../core/timeline.ts';
import type { TraceContext } from '../../core/trace.ts';
import type { RequestRecorder } from './request-recorder.ts';
import type { Attributes, FinishedSpan, SpanEvent } from './span.ts';

/** Outcomes by which nothing was sent: another's answer did. */
const ANSWERED_OTHERWISE: ReadonlySet<string> = new Set(['cached', 'stale', 'shared', 'collapsed']);
/** Our own refusals. */
const REFUSALS: ReadonlySet<string> = new Set([
  'circuit_open',
  'bulkhead_full',
  'upstream_limited',
  'upstream_unavailable',
]);
/** Ends that are nobody's failure. */
const GIVEN_UP: ReadonlySet<string> = new Set(['aborted', 'hedged', 'not collapsed', 'not shared']);

export interface AttemptSurroundings {
  /** Spans that it may hang below. */
  readonly ids: ReadonlySet<string>;
  readonly trace: TraceContext;
  readonly recorder: RequestRecorder;
  /** When the request was over: for an attempt that was still under way then. */
  readonly totalMs: number;
}

type AttemptSpan = Pick<
  FinishedSpan,
  'spanId' | 'parentId' | 'name' | 'kind' | 'startMs' | 'endMs' | 'attributes' | 'isError' | 'events'
>;

export function attemptSpan(call: UpstreamSpan, surroundings: AttemptSurroundings): AttemptSpan {
  const { recorder, totalMs } = surroundings;
  const { upstream, method, outcome = 'under way', startMs, endMs = Math.max(startMs, totalMs) } = call;
  const begin = recorder.startedWallMs;
  const isSent = !ANSWERED_OTHERWISE.has(outcome);
  const errorType = errorOf(call, outcome);
  const attributes = attributesOf(call, outcome, isSent);
  if (errorType !== undefined) attributes['error.type'] = errorType;
  return {
    spanId: call.spanId ?? recorder.spanId(),
    parentId: parentOf(call, surroundings),
    name: method === undefined ? upstream : `${method} ${upstream}`,
    kind: isSent ? 'client' : 'internal',
    startMs: begin + startMs,
    endMs: begin + endMs,
    attributes,
    isError: errorType !== undefined,
    events: eventsOf(call, outcome, begin),
  };
}

/** What caused it; by its label where it ended before that was noted. */
function parentOf(call: UpstreamSpan, { ids, trace, recorder }: AttemptSurroundings): string {
  const { parentId, label } = call;
  if (parentId !== undefined && ids.has(parentId)) return parentId;
  const part = recorder.parts?.find(({ settled }) => settled.name === label)?.settled.context?.trace.spanId;
  return part !== undefined && ids.has(part) ? part : trace.spanId;
}

function attributesOf(call: UpstreamSpan, outcome: string, isSent: boolean): Attributes {
  const { upstream, label, attempt, hedge, endpoint, headMs, startMs, status, bytes, method } = call;
  const attributes: Attributes = { 'frontdesk.upstream': upstream };
  if (label !== undefined) attributes['frontdesk.label'] = label;
  if (method !== undefined) attributes['http.request.method'] = method;
  if (endpoint !== undefined) addEndpoint(attributes, endpoint);
  if (status !== undefined) attributes['http.response.status_code'] = status;
  if (attempt > 1) attributes['http.request.resend_count'] = attempt - 1;
  if (hedge) attributes['frontdesk.hedge'] = true;
  if (!isSent) attributes['frontdesk.answered_by'] = outcome;
  if (GIVEN_UP.has(outcome)) attributes['frontdesk.given_up'] = outcome;
  if (headMs !== undefined) {
    attributes['frontdesk.head_ms'] = Math.round((headMs - startMs) * 1_000) / 1_000;
    attributes['http.response.body.size'] = bytes;
  }
  return attributes;
}

/** `host:port`, the host of IPv6 in brackets. */
function addEndpoint(attributes: Attributes, endpoint: string): void {
  const at = endpoint.lastIndexOf(':');
  const port = Number(endpoint.slice(at + 1));
  const hasPort = at > 0 && Number.isInteger(port) && !endpoint.endsWith(']');
  attributes['server.address'] = (hasPort ? endpoint.slice(0, at) : endpoint).replace(/^\[(.*)\]$/, '$1');
  if (hasPort) attributes['server.port'] = port;
}

/** As the conventions say it of clients: the status from 400 on, or what kept an answer from coming. */
function errorOf({ status, endMs }: UpstreamSpan, outcome: string): string | undefined {
  if (outcome === 'ok' || outcome === 'status') {
    return status !== undefined && status >= 400
      ? String(status)
      : outcome === 'status'
        ? 'status'
        : undefined;
  }
  if (endMs === undefined || ANSWERED_OTHERWISE.has(outcome) || GIVEN_UP.has(outcome)) return undefined;
  return outcome;
}

function eventsOf({ startMs, endMs }: UpstreamSpan, outcome: string, begin: number): readonly SpanEvent[] {
  if (!REFUSALS.has(outcome)) return [];
  const attributes = { 'frontdesk.reason': outcome };
  return [{ name: 'frontdesk.refused', atMs: begin + (endMs ?? startMs), attributes }];
}
