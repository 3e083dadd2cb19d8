/**
 * Connections for undici. It tells the transport two things that undici keeps to itself: that the request about to be
 * written is the first of its connection, and that a connection is breaking by a reset, which must never pass for
 * the end of a body.
 */
import type { buildConnector } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { connectedEvent, type Destination, dial, HTTP1_ALPN, notInTime } from './dial.ts';

/** What is happening to the endpoint's connections right now, within this turn of the event loop. */
export interface ConnectionEvents {
  /** True while undici is handed a new connection, and so while it writes that connection's first request. */
  opening: boolean;
  /** True while undici learns that a connection was reset. */
  resetting: boolean;
}

export interface ConnectorOptions {
  readonly clock: Clock;
  /** Milliseconds for name resolution, TCP and TLS together. */
  readonly connectMs: number;
  readonly events: ConnectionEvents;
  readonly destination: Destination;
}

export function makeConnector({
  clock,
  connectMs,
  events,
  destination,
}: ConnectorOptions): buildConnector.connector {
  let session: Buffer | undefined;

  return (_target, callback) => {
    const socket = dial(destination, HTTP1_ALPN, session);
    socket.on('session', (fresh) => {
      session = fresh;
    });
    let pending = true;
    const disarm = clock.after(connectMs, () => {
      socket.destroy(notInTime(connectMs));
    });
    socket.once(connectedEvent(destination), () => {
      if (!pending) return;
      pending = false;
      disarm();
      events.opening = true;
      try {
        callback(null, socket);
      } finally {
        events.opening = false;
      }
    });
    // Registered before undici's own listener, so `resetting` is true while that one runs.
    socket.on('error', (error) => {
      if (pending) {
        pending = false;
        disarm();
        callback(error, null);
        return;
      }
      events.resetting = true;
      queueMicrotask(() => {
        events.resetting = false;
      });
    });
  };
}
