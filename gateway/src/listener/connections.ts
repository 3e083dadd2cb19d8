/** The open connections of a listener and what runs on each: what drain, limits and refusals go by. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FrontdeskError } from '../core/errors.ts';
import type { ClientInfo } from '../core/exchange.ts';

/** A request whose body is still arriving, as its connection sees it. */
export interface Receiving {
  /** Whether more of it is to come. */
  readonly isArriving: boolean;
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

  constructor(socket: Socket) {
    this.socket = socket;
    const scheme = socket instanceof TLSSocket ? 'https' : 'http';
    this.client = { address: canonicalAddress(socket.remoteAddress ?? ''), scheme };
  }
}

export class Connections {
  readonly #open = new Map<object, Connection>();
  readonly #onEmpty: (() => void)[] = [];

  get size(): number {
    return this.#open.size;
  }

  add(socket: Socket): Connection {
    const connection = new Connection(socket);
    this.#open.set(socket, connection);
    return connection;
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

/** An IPv4 address that came through an IPv6 socket reads as IPv4: one client, one spelling. */
export function canonicalAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
