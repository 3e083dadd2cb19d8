/**
 * Gives each exchange its id and its place in a trace, and says both in the reply. A client's id is kept where it is
 * short and plain, so that a call can be followed across systems; anything else is replaced. A valid `traceparent` is
 * continued with a span of our own; otherwise a trace begins here (W3C Trace Context §4.3).
 */
import type { Exchange, Middleware, Reply } from '../core/exchange.ts';
import type { TraceContext } from '../core/trace.ts';
import type { Tracing } from '../telemetry/traces/tracing.ts';
import { type IdSource, isTracestate, parseTraceparent, type RemoteParent } from '../wire/trace-context.ts';

const MAX_ID_CHARS = 64;

/** `tracing`: takes the request down from here on; `undefined` where there are no traces. */
export function requestId(
  ids: IdSource,
  tracing?: Pick<Tracing, 'begin' | 'linksCallers'> | undefined,
): Middleware {
  return async (exchange, next) => {
    const parent = parentOf(exchange);
    exchange.trace = traceOf(exchange, tracing?.linksCallers ? undefined : parent, ids);
    const recorder = tracing?.begin(exchange, parent);
    const given = exchange.headers.get('x-request-id');
    exchange.id = given !== undefined && isPlainId(given) ? given : exchange.trace.traceId;
    const reply = await next(exchange);
    reply.headers.set('x-request-id', exchange.id);
    reply.headers.set('x-trace-id', exchange.trace.traceId);
    recorder?.answered(isStream(reply));
    return reply;
  };
}

/** The client's position in its trace, where it sent a valid one. */
function parentOf({ headers }: Exchange): RemoteParent | undefined {
  const field = headers.get('traceparent');
  return field === undefined || headers.count('traceparent') > 1 ? undefined : parseTraceparent(field);
}

/** A new span of the client's trace where it sent one, or of a new trace. */
function traceOf({ headers }: Exchange, parent: RemoteParent | undefined, ids: IdSource): TraceContext {
  if (!parent) return { traceId: ids.traceId(), spanId: ids.spanId(), sampled: false, state: undefined };
  // Several `tracestate` fields are one list (§3.3.1.1).
  const state = headers.getAll('tracestate').join(',');
  return {
    traceId: parent.traceId,
    spanId: ids.spanId(),
    sampled: parent.sampled,
    state: isTracestate(state) ? state : undefined,
  };
}

/** Whether an answer goes on for as long as there is something to tell: a WebSocket, or events. */
function isStream({ upgrade, headers }: Reply): boolean {
  if (upgrade) return true;
  const type = headers.get('content-type');
  return type !== undefined && (type.startsWith('text/event-stream') || type.startsWith('multipart/mixed'));
}

/** Letters, digits, `-`, `_`, `.` and `:`, 1 to 64 of them: harmless in fields, logs and URLs. */
function isPlainId(text: string): boolean {
  if (text.length === 0 || text.length > MAX_ID_CHARS) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const isDigitOrColon = code >= 0x30 && code <= 0x3a;
    const letter = code | 0x20;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    if (!isDigitOrColon && !isLetter && code !== 0x2d && code !== 0x2e && code !== 0x5f) return false;
  }
  return true;
}
