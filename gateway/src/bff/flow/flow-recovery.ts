/** The context of calls for a run whose request is gone: its identity and its place in the logs, and nobody who waits. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import type { CallContext } from '../../core/exchange.ts';
import { Timeline } from '../../core/timeline.ts';
import type { FlowHold } from './flow-hold.ts';
import { type FlowRecord, identityOf } from './flow-record.ts';

export function recoveryContext(record: FlowRecord, hold: FlowHold, clock: Clock): CallContext {
  const cancellation = hold.cancellation();
  return {
    id: record.requestId,
    client: undefined,
    host: undefined,
    identity: identityOf(record.caller),
    cancellation,
    deadline: new Deadline(clock, cancellation),
    timeline: new Timeline(() => clock.now()),
    trace: {
      traceId: record.traceId,
      spanId: randomBytes(8).toString('hex'),
      sampled: false,
      state: undefined,
    },
  };
}
