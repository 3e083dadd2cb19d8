/**
 * A TCP relay between the gateway and something that it needs, which breaks as it is told while connections are open:
 * delay, throttle, blackhole, half-close, reset and corrupt. It knows no protocol but the start of a request's head.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';

export type Fault =
  | { readonly kind: 'none' }
  /** Bytes of the backend come later by so much, in order. */
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Open connections stay open, and nothing is relayed any more, no FIN either; new ones work, if `fresh` says so. */
  | { readonly kind: 'blackhole'; readonly fresh: 'work' | 'vanish' }
  /** Nobody listens: open connections are reset, new ones as soon as they are there. */
  | { readonly kind: 'refuse' }
  /** After so many bytes of the backend the client's side is ended in good order (FIN), too early. */
  | { readonly kind: 'half-close'; readonly afterBytes: number }
  /** After so many bytes of the backend, counted from the last request, the client's side is reset. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The first bytes of each chunk of the backend become nonsense. */
  | { readonly kind: 'corrupt' };

const NONE: Fault = { kind: 'none' };
const NONSENSE = Buffer.from('\x00%&/()=?\x7f');
const REQUEST_HEAD = /^(GET|POST|PUT|HEAD|DELETE) /;

export class FaultProxy {
  /** Connections that were taken since the start. */
  accepted = 0;
  /** Most connections at once since the last `forget`. */
  peak = 0;
  #fault: Fault = NONE;
  #target: number;
  readonly #relays = new Set<Relay>();
  readonly #server: Server;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client) => this.#take(client));
  }

  /** On a free port (or `port`) of 127.0.0.1, to the port `target` of it. */
  static async start(target: number, port = 0): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new FaultProxy(server, target);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get connections(): number {
    return this.#relays.size;
  }

  /** Most heads of requests that came over one connection after it had become a black hole. */
  get mostSentIntoBlackhole(): number {
    return Math.max(0, this.#sentIntoBlackhole, ...[...this.#relays].map((relay) => relay.sentIntoBlackhole));
  }

  #sentIntoBlackhole = 0;

  /** From now on, for open connections too. */
  set(fault: Fault): void {
    if (fault.kind === 'blackhole') for (const relay of this.#relays) relay.vanish();
    if (fault.kind === 'refuse') this.cut();
    this.#fault = fault;
  }

  heal(): void {
    this.set(NONE);
  }

  forget(): void {
    this.peak = this.#relays.size;
    this.#sentIntoBlackhole = 0;
  }

  /** New connections go to another port. */
  retarget(port: number): void {
    this.#target = port;
  }

  /** Resets every connection. */
  cut(): void {
    for (const relay of this.#relays) relay.reset();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(client: Socket): void {
    this.accepted += 1;
    if (this.#fault.kind === 'refuse') {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const relay = new Relay(client, this.#target, () => this.#fault);
    if (this.#fault.kind === 'blackhole' && this.#fault.fresh === 'vanish') relay.vanish();
    this.#relays.add(relay);
    this.peak = Math.max(this.peak, this.#relays.size);
    client.once('close', () => {
      this.#relays.delete(relay);
      this.#sentIntoBlackhole = Math.max(this.#sentIntoBlackhole, relay.sentIntoBlackhole);
    });
  }
}

function pauseMs(fault: Fault, chunk: Buffer): number {
  if (fault.kind === 'delay') return fault.ms;
  return fault.kind === 'throttle' ? (chunk.length / fault.bytesPerSecond) * 1000 : 0;
}

/** One connection and its other half. */
class Relay {
  sentIntoBlackhole = 0;
  readonly #client: Socket;
  readonly #backend: Socket;
  #vanished = false;
  #sinceRequest = 0;
  /** What was told to wait comes in its order. */
  #last: Promise<void> = Promise.resolve();

  constructor(client: Socket, port: number, fault: () => Fault) {
    this.#client = client;
    this.#backend = createConnection({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    client.on('error', () => this.#backend.destroy());
    client.on('close', () => this.#backend.destroy());
    client.on('end', () => this.#backend.end());
    client.on('data', (chunk) => this.#fromClient(chunk));
    this.#backend.on('error', () => this.#unlessVanished(() => client.resetAndDestroy()));
    this.#backend.on('end', () => this.#inTurn(0, () => client.end()));
    this.#backend.on('data', (chunk) => this.#fromBackend(chunk, fault()));
  }

  vanish(): void {
    this.#vanished = true;
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#backend.resetAndDestroy();
  }

  #unlessVanished(act: () => void): void {
    if (!this.#vanished) act();
  }

  #fromClient(chunk: Buffer): void {
    this.#sinceRequest = 0;
    if (!this.#vanished) this.#backend.write(chunk);
    else if (REQUEST_HEAD.test(chunk.toString('latin1', 0, 8))) this.sentIntoBlackhole += 1;
  }

  #fromBackend(chunk: Buffer, fault: Fault): void {
    const before = this.#sinceRequest;
    this.#sinceRequest += chunk.length;
    if (fault.kind === 'reset' || fault.kind === 'half-close') {
      const allowed = Math.max(0, fault.afterBytes - before);
      const rest = chunk.length < allowed ? undefined : chunk.subarray(0, allowed);
      const cut = (): void => {
        if (fault.kind === 'reset') this.#client.resetAndDestroy();
        else this.#client.end();
      };
      this.#inTurn(0, () => (rest ? this.#client.write(rest, cut) : this.#client.write(chunk)));
      return;
    }
    if (fault.kind === 'corrupt') NONSENSE.copy(chunk);
    this.#inTurn(pauseMs(fault, chunk), () => this.#client.write(chunk));
  }

  /** Acts `ms` after what came before has been acted on; nothing more is read until then. */
  #inTurn(ms: number, act: () => void): void {
    this.#backend.pause();
    this.#last = this.#last
      .then(() => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined))
      .then(() => {
        if (!this.#vanished && !this.#client.destroyed) act();
        this.#backend.resume();
      });
  }
}
