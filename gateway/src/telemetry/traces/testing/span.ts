/** Spans and recorders for tests. */
import type { ManualClock } from '../../../core/manual-clock.ts';
import type { Timeline } from '../../../core/timeline.ts';
import { type IncomingParent, RequestRecorder } from '../request-recorder.ts';
import type { FinishedSpan } from '../span.ts';

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

export function makeSpan(more: Partial<FinishedSpan> = {}): FinishedSpan {
  return {
    traceId: TRACE_ID,
    spanId: 'b7ad6b7169203331',
    parentId: undefined,
    isParentRemote: false,
    sampled: true,
    state: undefined,
    name: 'GET /users',
    kind: 'server',
    startMs: 1_700_000_000_000.25,
    endMs: 1_700_000_000_001.5,
    attributes: {},
    isError: false,
    events: [],
    links: [],
    ...more,
  };
}

/** A recorder on this timeline, whose ids count up. */
export function recordOn(
  timeline: Timeline,
  clock: ManualClock,
  { parent, isTaken = true }: { parent?: IncomingParent | undefined; isTaken?: boolean } = {},
): RequestRecorder {
  let made = 0;
  const recorder = new RequestRecorder({
    spanId: () => String(++made).padStart(16, '0'),
    elapsedMs: () => timeline.elapsedMs(),
    startedAt: clock.now() - timeline.elapsedMs(),
    startedWallMs: clock.wall() - timeline.elapsedMs(),
    parent,
    isTaken,
  });
  timeline.recorder = recorder;
  return recorder;
}
