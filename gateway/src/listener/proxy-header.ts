/**
 * Connections of load balancers that begin with a PROXY header: it is read before anything else looks at the bytes, TLS
 * included. A connection from such an address without a sound header is closed; one from anywhere else is left alone, so
 * that nobody can lend himself an address.
 */
import type { Server, Socket } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { parseAddress } from '../core/ip-address.ts';
import { IpSet } from '../core/ip-set.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import { addressRange } from '../settings/address-range.ts';
import { readProxyHeader } from '../wire/trust/proxy-protocol.ts';

export const proxyProtocolConfig = z.strictObject({
  addresses: z
    .array(addressRange)
    .min(1)
    .max(4_096)
    .describe('Load balancers whose connections begin with a PROXY header, each of them, version 1 or 2'),
});

export type ProxyProtocolConfig = z.output<typeof proxyProtocolConfig>;

export interface ProxyHeadersOptions {
  readonly config: ProxyProtocolConfig;
  readonly clock: Clock;
  readonly meter: Meter;
  /** How long a header may take to arrive. */
  readonly timeoutMs: number;
  /** The listener's, for metrics. */
  readonly name: string;
}

interface ReadProxyHeadersOptions extends Pick<ProxyHeadersOptions, 'clock' | 'meter' | 'name'> {
  readonly config: {
    readonly proxyProtocol?: ProxyProtocolConfig | undefined;
    readonly timeouts: { readonly headers: number };
  };
}

/** Lets no byte pass unread on `server`, all of whose other listeners must be there by now. */
export function readProxyHeaders(
  server: Server,
  { config, clock, meter, name }: ReadProxyHeadersOptions,
): ProxyHeaders | undefined {
  const { proxyProtocol, timeouts } = config;
  if (!proxyProtocol) return undefined;
  const headers = new ProxyHeaders({
    config: proxyProtocol,
    clock,
    meter,
    name,
    timeoutMs: timeouts.headers,
  });
  headers.stepIn(server);
  return headers;
}

export class ProxyHeaders {
  readonly #options: ProxyHeadersOptions;
  readonly #balancers: IpSet;
  readonly #count: Instrument;
  /** By both ends' addresses and ports, under which a TLS connection shows itself too. */
  readonly #sources = new Map<string, string>();
  /** Connections whose header has not arrived. */
  readonly #waiting = new Set<Socket>();

  constructor(options: ProxyHeadersOptions) {
    this.#options = options;
    this.#balancers = new IpSet(options.config.addresses);
    this.#count = options.meter.counter({
      name: 'frontdesk_proxy_headers_total',
      help: 'Connections of load balancers, by what became of their PROXY header',
      labels: ['listener', 'result'],
    });
  }

  /** Stands before everything that `server` does with a connection by now. */
  stepIn(server: Server): void {
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    const goOn = (socket: Socket): void => {
      for (const listener of listeners) listener.call(server, socket);
    };
    server.on('connection', (socket: Socket) => {
      const peer = parseAddress(socket.remoteAddress ?? '');
      if (peer && this.#balancers.has(peer)) this.#read(socket, () => goOn(socket));
      else goOn(socket);
    });
  }

  /** Whose connection it is, where a balancer has said so. */
  sourceOf(socket: Socket): string | undefined {
    return this.#sources.get(keyOf(socket));
  }

  /** Closes what has not said yet whose it is. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  #read(socket: Socket, goOn: () => void): void {
    const { clock, timeoutMs, name } = this.#options;
    let held: Buffer = Buffer.alloc(0);
    this.#waiting.add(socket);
    const disarm = clock.after(timeoutMs, () => finish('timeout'));
    const finish = (result: 'accepted' | 'invalid' | 'timeout' | 'closed'): void => {
      if (!this.#waiting.delete(socket)) return;
      disarm();
      socket.off('readable', onReadable);
      socket.off('close', onClose);
      socket.off('error', ignore);
      this.#count(1, name, result);
      if (result !== 'accepted') {
        socket.on('error', ignore);
        socket.destroy();
      }
    };
    const onClose = (): void => finish('closed');
    const onReadable = (): void => {
      const chunk: unknown = socket.read();
      if (!Buffer.isBuffer(chunk)) return;
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const header = readProxyHeader(held);
      if (header.kind === 'incomplete') return;
      if (header.kind === 'invalid') {
        finish('invalid');
        return;
      }
      finish('accepted');
      if (header.source !== undefined) this.#remember(socket, header.source);
      if (held.length > header.size) socket.unshift(held.subarray(header.size));
      goOn();
    };
    socket.on('readable', onReadable);
    socket.on('close', onClose);
    socket.on('error', ignore);
  }

  #remember(socket: Socket, source: string): void {
    const key = keyOf(socket);
    this.#sources.set(key, source);
    socket.once('close', () => this.#sources.delete(key));
  }
}

function ignore(): void {}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
