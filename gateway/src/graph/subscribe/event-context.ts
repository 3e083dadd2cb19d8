/**
 * In whose name a subscription works at its subgraphs: the identity of whoever opened it. Its cancellation and times
 * are its own, for the request that opened it ends long before. Where it may be shared it has no client: no subgraph
 * is told the address or host of one among several.
 */
import { randomBytes } from 'node:crypto';
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import type { CallContext } from '../../core/exchange.ts';
import { Timeline } from '../../core/timeline.ts';

/** The context of the opening; its cancellation is that of the whole subscription. */
export function sourceContext(opener: CallContext, shared: boolean, clock: Clock): CallContext {
  const cancellation = new Cancellation();
  return {
    ...named(opener, shared),
    trace: opener.trace,
    // What is opened is seen where it was asked for.
    timeline: opener.timeline,
    cancellation,
    deadline: new Deadline(clock, cancellation),
  };
}

/** The context of one event, a span of its own in the trace of the opening. Ended by `end`. */
export function eventContext(
  source: CallContext,
  deadlineMs: number,
  clock: Clock,
): { readonly context: CallContext; end(): void } {
  const cancellation = new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(deadlineMs);
  const stopListening = source.cancellation.onCancel((reason) => cancellation.cancel(reason));
  const context = {
    ...named(source, false),
    trace: { ...source.trace, spanId: randomBytes(8).toString('hex') },
    timeline: new Timeline(() => clock.now()),
    cancellation,
    deadline,
  };
  return {
    context,
    end() {
      deadline.end();
      stopListening();
    },
  };
}

function named({ id, identity, client, host }: CallContext, shared: boolean) {
  return { id, identity, client: shared ? undefined : client, host: shared ? undefined : host };
}
