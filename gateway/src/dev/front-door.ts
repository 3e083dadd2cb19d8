/**
 * The port that stays while processes come and go behind it: each connection goes, byte by byte, to the process that
 * serves then. Where none does yet, it is told what is wrong.
 */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface FrontDoorOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The socket of the process that serves; `undefined` where none does. */
  readonly socket: () => string | undefined;
  /** Why none does, for whoever asks meanwhile. */
  readonly reason: () => string;
}

export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#take(client));
  }

  /** Rejects where the port is taken. */
  listen(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve({ host, port: isAddress(address) ? address.port : port });
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #take(client: Socket): void {
    this.#keep(client);
    const path = this.#options.socket();
    if (path === undefined) {
      this.#refuse(client);
      return;
    }
    const behind = connect(path);
    this.#keep(behind);
    // One that is gone at this moment has a successor soon, or a reason.
    behind.once('error', () => {
      if (behind.bytesRead > 0) client.destroy();
      else this.#refuse(client);
    });
    client.once('error', () => behind.destroy());
    behind.once('close', (failed) => {
      if (!failed) client.end();
    });
    client.once('close', () => behind.destroy());
    client.pipe(behind);
    behind.pipe(client);
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** After the client's first words, for one that is answered before it has spoken may not listen. */
  #refuse(client: Socket): void {
    client.on('error', () => client.destroy());
    const answer = (): void => {
      const body = `${JSON.stringify({ title: 'The BFF does not serve yet', status: 503, detail: this.#options.reason() })}\n`;
      client.end(
        `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`,
      );
    };
    if (client.bytesRead > 0) answer();
    else client.once('data', answer);
    client.resume();
  }
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
