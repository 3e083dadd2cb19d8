/**
 * Under which authorities and lists each handshake began. A client that takes its time over one can end it after a reload,
 * and node then still holds it to those of its beginning.
 */
import type { Socket } from 'node:net';

type Peer = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

export class HandshakeTrust {
  /** By the peer's address: node gives a TLS connection a socket of its own. */
  readonly #begun = new Map<string, string>();

  /** A connection was accepted while `digest` stood for what clients are held to. */
  begin(socket: Peer & Pick<Socket, 'once'>, digest: string): void {
    const peer = peerOf(socket);
    this.#begun.set(peer, digest);
    socket.once('close', () => this.#begun.delete(peer));
  }

  /** Whether the handshake of a connection that ends now began under something else than `digest`. */
  isStale(socket: Peer, digest: string): boolean {
    const peer = peerOf(socket);
    const begun = this.#begun.get(peer);
    this.#begun.delete(peer);
    return begun !== undefined && begun !== digest;
  }

  /** Handshakes that have not ended. */
  get size(): number {
    return this.#begun.size;
  }
}

/** A client may use one port towards several addresses of ours. */
function peerOf({ remoteAddress, remotePort, localAddress }: Peer): string {
  return `${remotePort} ${remoteAddress} ${localAddress}`;
}
