/**
 * Opens connections for one endpoint: TCP, or TLS with the system's roots and full verification. It tells the
 * transport two things that undici keeps to itself: that the request about to be written is the first of its
 * connection, and that a connection is breaking by a reset, which must never pass for the end of a body.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';

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
}

const TCP_KEEP_ALIVE_MS = 60_000;
const READ_BYTES = 64 * 1024;

export function makeConnector({ clock, connectMs, events }: ConnectorOptions): buildConnector.connector {
  let session: Buffer | undefined;

  function open(target: buildConnector.Options): net.Socket {
    const { hostname, protocol } = target;
    if (protocol !== 'https:') {
      const connection = { host: hostname, port: Number(target.port || 80), highWaterMark: READ_BYTES };
      return net.connect(connection);
    }
    const socket = tls.connect({
      host: hostname,
      port: Number(target.port || 443),
      ALPNProtocols: ['http/1.1'],
      ...(net.isIP(hostname) === 0 ? { servername: hostname } : {}),
      ...(session ? { session } : {}),
    });
    socket.on('session', (fresh) => {
      session = fresh;
    });
    return socket;
  }

  return (target, callback) => {
    const socket = open(target);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    let pending = true;
    const disarm = clock.after(connectMs, () => {
      socket.destroy(new FrontdeskError('upstream_connect', { detail: `no connection in ${connectMs} ms` }));
    });
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
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
