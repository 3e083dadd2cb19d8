/**
 * The spans of a request that is over, as a tree: the request, its steps, the parts of its screens, operations of the graph,
 * and every attempt of a call below whatever caused it. Names and attributes follow OpenTelemetry's semantic
 * conventions for HTTP and GraphQL; what is our own begins with `frontdesk.`. Nothing stands in them that a secret could
 * stand in: no document, variable, body or header that the configuration does not name.
 */
import { type FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { attemptSpan } from './attempt-span.ts';
import type { RecordConfig } from './config.ts';
import { partSpan } from './part-span.ts';
import { type RequestAttributesOptions, requestAttributes } from './request-attributes.ts';
import type { FinishedRequest } from './request-recorder.ts';
import type { FinishedSpan } from './span.ts';

/** Of one trace; more attempts are counted and left out. */
const MAX_CALLS = 1_000;

export interface SpanTreeOptions extends RequestAttributesOptions {
  readonly record: RecordConfig;
}

/** The request's own span is the first. */
export function spanTree(request: FinishedRequest, options: SpanTreeOptions): FinishedSpan[] {
  const { exchange, recorder, durationMs } = request;
  const { trace, timeline } = exchange;
  const spans: FinishedSpan[] = [];
  const own = {
    traceId: trace.traceId,
    sampled: trace.sampled,
    state: trace.state,
    isParentRemote: false,
    links: [],
    events: [],
  };
  const begin = recorder.startedWallMs;
  addSteps(spans, request, own);
  for (const { name, spanId, parentId, startMs, endMs, error, attributes } of recorder.works ?? []) {
    spans.push({
      ...own,
      name,
      spanId,
      parentId,
      kind: 'internal',
      startMs: begin + startMs,
      endMs: begin + endMs,
      isError: error !== undefined,
      attributes: { ...attributes, ...(error === undefined ? {} : { 'error.type': error }) },
    });
  }
  for (const part of recorder.parts ?? []) spans.push(partSpan(part, recorder, trace, own));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const calls = timeline.spans.slice(0, MAX_CALLS);
  for (const call of calls) {
    spans.push({ ...own, ...attemptSpan(call, { ids, trace, recorder, totalMs: durationMs }) });
  }
  // Whatever hangs below what was left out hangs below the request.
  const attached = spans.map((span) =>
    span.parentId !== undefined && ids.has(span.parentId) ? span : { ...span, parentId: trace.spanId },
  );
  return [requestSpan(request, own, timeline.spans.length - calls.length, options), ...attached];
}

type Common = Pick<FinishedSpan, 'traceId' | 'sampled' | 'state' | 'isParentRemote' | 'links' | 'events'>;

function requestSpan(
  request: FinishedRequest,
  own: Common,
  omittedCalls: number,
  options: SpanTreeOptions,
): FinishedSpan {
  const { exchange, recorder, status, outcome, durationMs } = request;
  const { trace, route } = exchange;
  const { parent, startedWallMs } = recorder;
  const isContinued = parent !== undefined && parent.traceId === trace.traceId;
  const attributes = requestAttributes(request, options);
  const omitted = recorder.omitted + omittedCalls;
  if (omitted > 0) attributes['frontdesk.spans_omitted'] = omitted;
  const method = attributes['http.request.method'];
  return {
    ...own,
    spanId: trace.spanId,
    parentId: isContinued ? parent.parentId : undefined,
    isParentRemote: isContinued,
    links: parent && !isContinued ? [{ traceId: parent.traceId, spanId: parent.parentId }] : [],
    name: route ? `${method} ${route.template}` : String(method),
    kind: 'server',
    startMs: startedWallMs,
    endMs: startedWallMs + durationMs,
    attributes,
    isError: status >= 500 || outcome.kind === 'failed',
  };
}

/** Steps that took less and ended well say nothing. */
const SHORT_STEP_MS = 0.2;
/** Those whose mere presence tells something. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set(['authenticate', 'policies', 'validate']);

/** A step is over when the next begins; the last that began, where the request got no further, is what ended it. */
function addSteps(
  spans: FinishedSpan[],
  { exchange, recorder, durationMs }: FinishedRequest,
  own: Common,
): void {
  const { steps, stepTimes, headMs = durationMs, startedWallMs } = recorder;
  for (const [i, name] of steps.entries()) {
    if (name === '') continue;
    const startMs = stepTimes[i] ?? 0;
    const nextMs = stepTimes[i + 1];
    const error: FrontdeskError | undefined =
      nextMs === undefined && exchange.error ? toFrontdeskError(exchange.error) : undefined;
    const endMs = nextMs ?? headMs;
    if (!error && !ALWAYS_TOLD.has(name) && endMs - startMs < SHORT_STEP_MS) continue;
    spans.push({
      ...own,
      name,
      spanId: recorder.spanId(),
      parentId: exchange.trace.spanId,
      kind: 'internal',
      startMs: startedWallMs + startMs,
      endMs: startedWallMs + Math.max(startMs, endMs),
      attributes: error ? { 'error.type': error.code } : {},
      isError: error !== undefined && error.status >= 500,
    });
  }
}
