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

/** Where a connection goes. */
interface Place {
  readonly hostname: string;
  /** Empty for the protocol's own. */
  readonly port: string;
  /** With its colon. */
  readonly protocol: string;
}

function open({ hostname, port, protocol }: Place, session: Buffer | undefined): net.Socket {
  // A URL writes an IPv6 address in brackets.
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  let socket: net.Socket;
  if (protocol === 'https:') {
    socket = tls.connect({
      host,
      port: Number(port || 443),
      ALPNProtocols: ['http/1.1'],
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(session ? { session } : {}),
    });
  } else {
    const connection = { host, port: Number(port || 80), highWaterMark: READ_BYTES };
    socket = net.connect(connection);
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  return socket;
}

/** A connection for one use: destroyed with `upstream_connect` where it does not come within `connectMs`. */
export function openConnection(
  place: Place,
  clock: Clock,
  connectMs: number,
  onConnected: () => void,
): net.Socket {
  const socket = open(place, undefined);
  const disarm = clock.after(connectMs, () => socket.destroy(notInTime(connectMs)));
  socket.once('close', disarm);
  socket.once(place.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
    disarm();
    onConnected();
  });
  return socket;
}

function notInTime(connectMs: number): FrontdeskError {
  return new FrontdeskError('upstream_connect', { detail: `no connection in ${connectMs} ms` });
}

export function makeConnector({ clock, connectMs, events }: ConnectorOptions): buildConnector.connector {
  let session: Buffer | undefined;

  return (target, callback) => {
    const socket = open(target, session);
    socket.on('session', (fresh) => {
      session = fresh;
    });
    let pending = true;
    const disarm = clock.after(connectMs, () => {
      socket.destroy(notInTime(connectMs));
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
