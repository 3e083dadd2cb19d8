/** A name server for one experiment: it answers every question about IPv4 addresses alike, or not at all. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export type DnsMode =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'silent' };

const HEADER_BYTES = 12;
const TYPE_A = 1;

export class DnsServer {
  mode: DnsMode;
  readonly #socket: Socket;
  readonly #ttlS: number;

  private constructor(socket: Socket, ttlS: number, mode: DnsMode) {
    this.#socket = socket;
    this.#ttlS = ttlS;
    this.mode = mode;
    socket.on('message', (question, from) => {
      const answer = this.#answer(question);
      if (answer) socket.send(answer, from.port, from.address);
    });
  }

  static async start(ttlS: number, mode: DnsMode): Promise<DnsServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket, ttlS, mode);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  /** RFC 1035 §4.1: the question again, and a record for each address. */
  #answer(question: Buffer): Buffer | undefined {
    if (this.mode.kind === 'silent') return undefined;
    let end = HEADER_BYTES;
    while ((question[end] ?? 0) > 0) end += (question[end] ?? 0) + 1;
    const type = question.readUInt16BE(end + 1);
    const addresses = this.mode.kind === 'addresses' && type === TYPE_A ? this.mode.addresses : [];
    const header = Buffer.alloc(HEADER_BYTES);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(this.mode.kind === 'nxdomain' ? 0x8583 : 0x8580, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => {
      const record = Buffer.alloc(16);
      record.writeUInt16BE(0xc000 + HEADER_BYTES, 0);
      record.writeUInt16BE(TYPE_A, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(this.#ttlS, 6);
      record.writeUInt16BE(4, 10);
      address.split('.').forEach((byte, i) => {
        record.writeUInt8(Number(byte), 12 + i);
      });
      return record;
    });
    return Buffer.concat([header, question.subarray(HEADER_BYTES, end + 5), ...records]);
  }
}
