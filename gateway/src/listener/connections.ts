/** The open connections of a listener and what runs on each: what drain, limits and refusals go by. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FrontdeskError } from '../core/errors.ts';
import type { ClientCertificate, ClientInfo } from '../core/exchange.ts';

/** A request whose body is still arriving, as its connection sees it. */
export interface Receiving {
  /** Whether more of it is to come. */
  readonly isArriving: boolean;
  /** Whether all of it is here: what the parser objects to is behind it then. */
  readonly complete: boolean;
  /** The rest will not come: whoever reads the body learns why, and whoever works for the request stops. */
  breakOff(error: FrontdeskError): void;
}

export class Connection {
  readonly socket: Socket;
  readonly client: ClientInfo;
  /** Requests without the last byte of their reply. More than one where a client pipelines. */
  inFlight = 0;
  /** Requests so far. */
  requests = 0;
  /**
   * Set once the connection's last reply is decided or its bytes can no longer be trusted: requests that follow
   * were never accepted and are not looked at.
   */
  closing = false;
  /** The request that is arriving, until its last byte came. */
  receiving: Receiving | undefined;
  /** Tells the client to send nothing new, where the protocol has a word for that. */
  leave: (() => void) | undefined;
  /** Its next reply is to be its last. */
  isLeaving = false;
  /** Whether a host, in lower case and without port, is another's than the one that the client asked for (SNI). */
  isMisdirected: ((host: string) => boolean) | undefined;
  /** The last authority that was found to be right here. */
  #directed = '';

  /** `certificate`: what the client proved itself by. `source`: its address, where a load balancer said it. */
  constructor(socket: Socket, certificate?: ClientCertificate, source?: string) {
    this.socket = socket;
    const scheme = socket instanceof TLSSocket ? 'https' : 'http';
    const address = source ?? canonicalAddress(socket.remoteAddress ?? '');
    this.client = certificate ? { address, scheme, certificate } : { address, scheme };
  }

  /** The refusal of a request for `authority` that belongs on a connection of its own (RFC 9110 §15.5.20). */
  misdirection(authority: string): FrontdeskError | undefined {
    if (!this.isMisdirected || authority === this.#directed) return undefined;
    const port = authority.startsWith('[') ? -1 : authority.indexOf(':');
    const host = port < 0 ? authority : authority.slice(0, port);
    if (this.isMisdirected(host)) {
      return new FrontdeskError('misdirected_request', { detail: `${host} has a certificate of its own` });
    }
    this.#directed = authority;
    return undefined;
  }
}

/** What a listener knows of its connections from their TLS handshakes. */
export interface Handshakes {
  certificateOf(socket: object): ClientCertificate | undefined;
  /** Whether there is more than one certificate, so that a request can be for another's name. */
  readonly hasOthers: boolean;
  /** Whether `host` belongs to another certificate than the one of the name that the client asked for. */
  isMisdirected(asked: string, host: string): boolean;
}

export class Connections {
  readonly #open = new Map<object, Connection>();
  readonly #onEmpty: (() => void)[] = [];

  get size(): number {
    return this.#open.size;
  }

  /** Requests without the last byte of their reply. */
  get inFlight(): number {
    let sum = 0;
    for (const connection of this.#open.values()) sum += connection.inFlight;
    return sum;
  }

  /** The connection of a socket, made where there is none yet. */
  open(socket: Socket, handshakes?: Handshakes, source?: string): Connection {
    const known = this.#open.get(socket);
    if (known) return known;
    const connection = new Connection(socket, handshakes?.certificateOf(socket), source);
    this.#open.set(socket, connection);
    // A client that asks for no name takes the default certificate for whatever it wants.
    if (handshakes?.hasOthers && socket instanceof TLSSocket && socket.servername) {
      const asked = socket.servername;
      connection.isMisdirected = (host) => handshakes.isMisdirected(asked, host);
    }
    return connection;
  }

  /**
   * Says how many it cut off, and how many are to come back. Under other authorities or lists, clients that proved themselves before are cut off where their certificate is
   * revoked by now; the others finish what they have begun and come back with a handshake of today.
   */
  review(isRevoked: (socket: object) => boolean): { readonly cut: number; readonly leaving: number } {
    let [cut, leaving] = [0, 0];
    for (const connection of this.#open.values()) {
      if (connection.client.certificate === undefined) continue;
      if (isRevoked(connection.socket)) {
        connection.socket.destroy();
        cut += 1;
      } else {
        connection.isLeaving = true;
        connection.leave?.();
        leaving += 1;
      }
    }
    return { cut, leaving };
  }

  get(socket: object): Connection | undefined {
    return this.#open.get(socket);
  }

  delete(socket: Socket): void {
    this.#open.delete(socket);
    if (this.#open.size === 0) for (const listener of this.#onEmpty.splice(0)) listener();
  }

  /** Calls `listener` once, when the last connection goes. */
  onEmpty(listener: () => void): void {
    this.#onEmpty.push(listener);
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }

  destroyAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }
}

/**
 * An IPv4 address that came through an IPv6 socket reads as IPv4, and one of a link is told without our name for that link
 * (`fe80::1%eth0`): one client, one spelling, in every list.
 */
export function canonicalAddress(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
