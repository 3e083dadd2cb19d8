/**
 * Looks at requests while somebody wants to see them, and costs nothing otherwise: the handler that is asked is the plain one
 * until the first viewer comes and from the moment on which the last has gone. Requests that began before are not seen.
 */
import type { Clock } from '../core/clock.ts';
import type { Exchange, Handler, Reply } from '../core/exchange.ts';
import type { RequestTrace, ScreenTrace, ScreenTraces } from '../core/request-trace.ts';
import type { Timeline } from '../core/timeline.ts';
import { RequestTraces } from '../telemetry/request-traces.ts';
import { KeptRequests } from './kept-requests.ts';
import { SecondTally } from './second-tally.ts';

export interface ObserverOptions {
  readonly clock: Clock;
  /** `gateway`, or the worker's number. */
  readonly process: string;
}

/** What requests are asked of. */
export interface Answering {
  readonly handle: Handler;
}

interface Place {
  /** Where all requests go while nobody looks. */
  readonly plain: Answering;
  /** Places in teams' code are told relative to this folder. */
  readonly folder: string;
  readonly onSwitch: (answering: Answering) => void;
}

export class Observer implements ScreenTraces {
  readonly kept: KeptRequests;
  readonly #options: ObserverOptions;
  #tally = new SecondTally();
  #traces: RequestTraces | undefined;
  #lookers = 0;
  #place: Place | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.kept = new KeptRequests(options.process);
  }

  /** Called once, before anybody looks: `onSwitch` hears what is to be asked from then on. */
  attach(place: Place): void {
    this.#place = place;
  }

  /** Looks from now on, until what is returned is called. */
  look(): () => void {
    this.#lookers += 1;
    if (this.#lookers === 1) this.#begin();
    let looks = true;
    return () => {
      if (!looks) return;
      looks = false;
      this.#lookers -= 1;
      if (this.#lookers === 0) this.#end();
    };
  }

  begin(timeline: Timeline, screen: Parameters<ScreenTraces['begin']>[1]): ScreenTrace | undefined {
    return this.#traces?.begin(timeline, screen);
  }

  /** What there was since it was asked last. */
  take(): SecondTally {
    const tally = this.#tally;
    this.#tally = new SecondTally();
    return tally;
  }

  #begin(): void {
    const { clock } = this.#options;
    if (!this.#place) throw new TypeError('there is nothing to look at');
    const { plain, folder, onSwitch } = this.#place;
    this.#tally = new SecondTally();
    const traces = new RequestTraces({
      clock,
      folder,
      onTrace: (trace, exchange, reply) => this.#add(trace, exchange, reply),
    });
    this.#traces = traces;
    onSwitch({ handle: traces.around((exchange) => plain.handle(exchange)) });
  }

  #end(): void {
    this.#traces = undefined;
    this.#place?.onSwitch(this.#place.plain);
  }

  #add(trace: RequestTrace, { identity }: Exchange, reply: Reply | undefined): void {
    // How long a stream was open says nothing of how fast it was.
    const isStream =
      reply?.status === 101 || reply?.headers.get('content-type')?.startsWith('text/event-stream');
    this.#tally.add(trace, this.kept.add(trace), identity, isStream ? trace.headMs : trace.totalMs);
  }
}
