/** The span of one part of a screen. */
import { toFrontdeskError } from '../../core/errors.ts';
import type { TraceContext } from '../../core/trace.ts';
import { outcomeOf, type RecordedPart, type RequestRecorder } from './request-recorder.ts';
import type { Attributes, FinishedSpan, SpanEvent } from './span.ts';

type Common = Pick<FinishedSpan, 'traceId' | 'sampled' | 'state' | 'isParentRemote' | 'links'>;

export function partSpan(
  part: RecordedPart,
  recorder: RequestRecorder,
  trace: TraceContext,
  common: Common,
): FinishedSpan {
  const { screen, settled, failure } = part;
  const { name, startedAt, durationMs } = settled;
  const outcome = outcomeOf(part);
  const startMs = recorder.startedWallMs + (startedAt - recorder.startedAt);
  const attributes: Attributes = {
    'frontdesk.screen': screen,
    'frontdesk.part': name,
    'frontdesk.required': settled.part.required,
    'frontdesk.outcome': outcome,
  };
  const isError = outcome === 'failed';
  if (isError) attributes['error.type'] = toFrontdeskError(failure ?? settled.reason).code;
  const own = settled.context?.trace.spanId;
  return {
    ...common,
    name: `part ${name}`,
    // A part that shares the screen's context has no span of its own to hang calls below.
    spanId: own === undefined || own === trace.spanId ? recorder.spanId() : own,
    parentId: trace.spanId,
    kind: 'internal',
    startMs,
    endMs: startMs + durationMs,
    attributes,
    isError,
    events: waitsOf(part, recorder),
  };
}

/** When it waited for another part, and for how long. */
function waitsOf({ screen, settled }: RecordedPart, recorder: RequestRecorder): readonly SpanEvent[] {
  const events: SpanEvent[] = [];
  for (const wait of recorder.waits ?? []) {
    if (wait.screen !== screen || wait.part !== settled.name) continue;
    const ms = Math.round((wait.endedAt - wait.startedAt) * 1_000) / 1_000;
    events.push({
      name: 'frontdesk.waited',
      atMs: recorder.startedWallMs + (wait.startedAt - recorder.startedAt),
      attributes: { 'frontdesk.part': wait.other, 'frontdesk.wait_ms': ms },
    });
  }
  return events;
}
