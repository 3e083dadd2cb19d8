/** One fetch that fills a cache, and all who wait for what comes of it (RFC 9211 calls them collapsed). */
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import type { CallContext } from '../../core/exchange.ts';
import { Flight } from '../../core/flight.ts';
import { Timeline } from '../../core/timeline.ts';
import type { StoredReply } from './stored-reply.ts';

/** Fills that may be joined, by what they fetch. */
export type Fills = Map<string, Fill>;

/** Ends for those who wait with what is stored now, or with nothing: then each asks for itself. */
export class Fill extends Flight<StoredReply | undefined> {
  readonly uri: string;
  readonly #fills: Fills;
  readonly #key: string;

  /** `key`: of what may be joined; `uri`: what is fetched, as purges name it. */
  constructor(fills: Fills, key: string, uri: string) {
    super();
    this.uri = uri;
    this.#fills = fills;
    this.#key = key;
    fills.set(key, this);
  }

  protected override over(): void {
    if (this.#fills.get(this.#key) === this) this.#fills.delete(this.#key);
  }

  /** Nobody may join any more; who has joined stays. */
  close(): void {
    this.over();
  }

  /** Nothing will be kept: who waits asks for itself, and the one who asked goes on alone. */
  giveUp(leader: CallContext, settled: Promise<unknown>): void {
    this.finish(undefined);
    const stop = leader.cancellation.onCancel((reason) => this.cancellation.cancel(reason));
    settled.then(stop, stop);
  }
}

/** The context of a fetch that nobody waits for, on behalf of whoever made it necessary. */
export function backgroundContext(from: CallContext, clock: Clock, limitMs: number): CallContext {
  const { id, client, host, identity, trace } = from;
  const cancellation = new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(limitMs);
  const timeline = new Timeline(() => clock.now());
  return { id, client, host, identity, trace, cancellation, deadline, timeline };
}
