/**
 * Opens the connections of one endpoint: TCP, a Unix socket, or TLS with full verification, by the system's roots and
 * nothing shown of ourselves unless the upstream's settings say otherwise.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { EndpointAddress } from '../endpoints/endpoint-url.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** Where connections go, and as whom. */
export interface Destination {
  readonly address: EndpointAddress;
  /** `undefined`: the defaults. Of no meaning without TLS. */
  readonly tls: TlsIdentity | undefined;
}

export const HTTP1_ALPN: readonly string[] = ['http/1.1'];

const TCP_KEEP_ALIVE_MS = 60_000;
const READ_BYTES = 64 * 1024;

/** The event that says that a connection is there, its TLS included. */
export function connectedEvent({ address }: Destination): 'secureConnect' | 'connect' {
  return address.secure ? 'secureConnect' : 'connect';
}

/** Begins a connection. `session`: TLS to resume; only ever one of the same destination. */
export function dial(
  { address, tls: identity }: Destination,
  alpn: readonly string[],
  session?: Buffer | undefined,
): net.Socket {
  const { hostname, connectTo, port, secure, socketPath } = address;
  if (socketPath !== undefined) return net.connect({ path: socketPath });
  // A URL writes an IPv6 address in brackets.
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  let socket: net.Socket;
  if (secure) {
    const serverName = identity?.serverName ?? (net.isIP(host) === 0 ? host : undefined);
    socket = tls.connect({
      host: connectTo ?? host,
      port,
      ALPNProtocols: [...alpn],
      minVersion: 'TLSv1.2',
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(session ? { session } : {}),
      ...(identity
        ? { secureContext: identity.secureContext, rejectUnauthorized: identity.rejectUnauthorized }
        : {}),
    });
  } else {
    const connection = { host: connectTo ?? host, port, highWaterMark: READ_BYTES };
    socket = net.connect(connection);
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  return socket;
}

/** A connection for one use: destroyed with `upstream_connect` where it does not come within `connectMs`. */
export function openConnection(
  destination: Destination,
  alpn: readonly string[],
  clock: Clock,
  connectMs: number,
  onConnected: () => void,
): net.Socket {
  const socket = dial(destination, alpn);
  const disarm = clock.after(connectMs, () => socket.destroy(notInTime(connectMs)));
  socket.once('close', disarm);
  socket.once(connectedEvent(destination), () => {
    disarm();
    onConnected();
  });
  return socket;
}

export function notInTime(connectMs: number): FrontdeskError {
  return new FrontdeskError('upstream_connect', { detail: `no connection in ${connectMs} ms` });
}
