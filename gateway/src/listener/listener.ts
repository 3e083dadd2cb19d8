/** What a listener is made of, and what may be asked of it. */
import type { Server } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Reply } from '../core/exchange.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { DrainResult } from './drain.ts';
import type { ConnectionSource, Place } from './entrance.ts';
import type { ListenConfig } from './listen-config.ts';

export interface ListenerOptions {
  readonly config: ListenConfig;
  readonly handle: (exchange: Exchange) => Promise<Reply>;
  /**
   * Answers a request whose head is unsound; only its id, log line and problem document are of interest. Nothing of
   * it may be acted on. By default the listener writes the problem document itself.
   */
  readonly refuse?: (exchange: Exchange, error: FrontdeskError) => Promise<Reply>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Its name in metrics: `public` or `admin`. */
  readonly name: string;
  /** Called with each connection that is accepted. */
  readonly onConnection?: (() => void) | undefined;
  /** Called when it stops to accept, before it waits for what runs: what has no end of its own is to be ended. */
  readonly onDrain?: () => void;
  /** What sets its port, for the error about a taken one: `listen.port or --port`. */
  readonly portOption: string;
  /** Where connections come from, in place of a port of its own. */
  readonly source?: ConnectionSource | undefined;
  /** Asked when it is time to listen: a socket that another process listened on, to go on with. */
  readonly inherit?: (() => Promise<Server | undefined>) | undefined;
}

export interface Listener {
  /** Starts to listen. Rejects with a `ListenError`. */
  listen(): Promise<Place>;
  /** What another process may go on with; `undefined` where nothing listens, or connections are given to us. */
  readonly listening: Server | undefined;
  /** Requests that have no answer yet. */
  readonly requestsInFlight: number;
  /** True from the first call of `drain` on: not ready. */
  readonly draining: boolean;
  /**
   * Goes on as before for `announceMs` (`drain.announce` by default), then stops accepting, says `Connection: close` on every reply, and
   * resolves when the last connection is gone or `graceMs` have passed.
   */
  drain(graceMs?: number, announceMs?: number): Promise<DrainResult>;
  /** Reads the certificates again. Throws where they are unfit, and goes on with those it has. */
  renewCertificates(): void;
  /** Ends at once: whatever runs is cut off. */
  close(): Promise<void>;
}
