/**
 * The gateway's own calls to a registry of services: few, long and streamed, so on `node:http` rather than on the pools of
 * the hot path. No redirects, no decoding; the time until the head, the silence within a body and its size are bounded.
 */
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../core/clock.ts';

export interface RegistryClientOptions {
  /** Scheme, host, port and base path. */
  readonly url: string;
  /** PEM of the authorities to trust in place of the system's. */
  readonly ca?: string | undefined;
  readonly clock: Clock;
}

export interface RegistryRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until the reply's head. */
  readonly headMs: number;
  /** Longest silence within the body, milliseconds. */
  readonly idleMs: number;
  /** Bytes of the largest body, or of the longest line of a stream. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface RegistryReply {
  readonly status: number;
  header(name: string): string | undefined;
  /** The whole body, once. */
  text(): Promise<string>;
  /** Its lines as they come, those of one read of the socket together, once. Ends where the body ends. */
  lines(): AsyncGenerator<readonly string[]>;
}

/** Of a peer that vanished without a word (its machine is gone, a firewall forgot us) TCP tells half a minute later. */
const KEEP_ALIVE_MS = 15_000;

/** The registry said nothing for as long as it may. */
export class RegistrySilence extends Error {}

export class RegistryClient {
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #agent: http.Agent;

  constructor({ url, ca, clock }: RegistryClientOptions) {
    this.#url = new URL(url);
    this.#clock = clock;
    const settings = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 8 };
    this.#agent =
      this.#url.protocol === 'https:'
        ? new https.Agent({ ...settings, ...(ca === undefined ? {} : { ca }) })
        : new http.Agent(settings);
  }

  /** Resolves at the reply's head, whatever its status. Rejects with an `Error` in plain words. */
  open(options: RegistryRequest): Promise<RegistryReply> {
    const { method = 'GET', path, headers = {}, body, headMs, signal } = options;
    const { promise, resolve, reject } = Promise.withResolvers<RegistryReply>();
    const { origin, pathname, protocol } = this.#url;
    const url = new URL(pathname.replace(/\/+$/, '') + path, origin);
    const { request } = protocol === 'https:' ? https : http;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const fields = { accept: 'application/json', ...headers, ...length };
    const sent = request(url, { method, headers: fields, agent: this.#agent, signal });
    const disarm = this.#clock.after(headMs, () => {
      sent.destroy(new RegistrySilence(`${origin} did not answer within ${headMs} ms`));
    });
    // The agent does so for connections that wait for use alone, not for one that is being watched on.
    sent.once('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    sent.once('response', (message) => {
      disarm();
      resolve(new Reply(message, options, this.#clock, origin));
    });
    sent.on('error', (error) => {
      disarm();
      reject(error);
    });
    sent.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

class Reply implements RegistryReply {
  readonly status: number;
  readonly #message: http.IncomingMessage;
  readonly #options: RegistryRequest;
  readonly #clock: Clock;
  readonly #origin: string;

  constructor(message: http.IncomingMessage, options: RegistryRequest, clock: Clock, origin: string) {
    this.status = message.statusCode ?? 0;
    this.#message = message;
    this.#options = options;
    this.#clock = clock;
    this.#origin = origin;
    // A body that breaks while nobody reads it is of no interest.
    message.on('error', () => {});
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  async text(): Promise<string> {
    const { maxBytes } = this.#options;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of this.#chunks()) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`${this.#origin} answered with more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes).toString();
  }

  async *lines(): AsyncGenerator<readonly string[]> {
    const { maxBytes } = this.#options;
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of this.#chunks()) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxBytes)
        throw new Error(`${this.#origin} sent a line of more than ${maxBytes} bytes`);
      const whole = lines.filter((line) => line.trim() !== '');
      if (whole.length > 0) yield whole;
    }
    rest += decoder.decode();
    if (rest.trim() !== '') yield [rest];
  }

  /** Whoever stops reading closes the connection. */
  async *#chunks(): AsyncGenerator<Uint8Array> {
    const { idleMs } = this.#options;
    const silence = (): void => {
      this.#message.destroy(new RegistrySilence(`${this.#origin} was silent for ${idleMs} ms`));
    };
    let disarm = this.#clock.after(idleMs, silence);
    try {
      for await (const chunk of this.#message) {
        disarm();
        if (chunk instanceof Uint8Array) yield chunk;
        disarm = this.#clock.after(idleMs, silence);
      }
    } finally {
      disarm();
    }
  }
}
