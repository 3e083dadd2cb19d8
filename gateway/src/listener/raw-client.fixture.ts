/** For tests: a listener with recorded exchanges, and a client that writes bytes as they are. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { systemClock } from '../core/clock.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { createListener } from './http.ts';
import { listenConfig } from './listen-config.ts';
import type { Listener, ListenerOptions } from './listener.ts';

export class RawClient {
  readonly socket: Socket;
  text = '';
  ended = false;
  error: NodeJS.ErrnoException | undefined;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.socket.on('end', () => {
      this.ended = true;
    });
    this.socket.on('error', (error) => {
      this.error = error;
    });
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** All that came until the server closed its side. */
  async untilEnd(): Promise<string> {
    while (!this.ended && !this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.socket.once('end', resolve);
        this.socket.once('close', () => resolve());
      });
    }
    this.socket.destroy();
    return this.text;
  }

  /** All that came until `marker` was among it, `times` times. */
  async until(marker: string, times = 1): Promise<string> {
    while (this.text.split(marker).length <= times) {
      if (this.ended || this.socket.destroyed) throw new Error(`ended without ${marker}: ${this.text}`);
      const heard = new AbortController();
      const events = ['data', 'end', 'close'].map((name) =>
        once(this.socket, name, { signal: heard.signal }),
      );
      await Promise.race(events).finally(() => heard.abort());
    }
    return this.text;
  }
}

export interface Served {
  readonly port: number;
  readonly listener: Listener;
  /** What reached `handle`. */
  readonly exchanges: Exchange[];
}

export type ServeOptions = Partial<Omit<ListenerOptions, 'config'>> & { readonly config?: unknown };

/** A listener on a free port, closed with its test. */
export async function serve(test: TestContext, options: ServeOptions = {}): Promise<Served> {
  const { config, handle = answerOk, ...rest } = options;
  const exchanges: Exchange[] = [];
  const given = typeof config === 'object' && config !== null ? config : {};
  const listener = createListener({
    clock: systemClock,
    logger: noLogger,
    meter: noMeter,
    name: 'test',
    portOption: 'listen.port or --port',
    ...rest,
    config: listenConfig.parse({ host: '127.0.0.1', port: 0, ...given }),
    handle: (exchange) => {
      exchanges.push(exchange);
      return handle(exchange);
    },
  });
  const { port } = await listener.listen();
  test.after(() => listener.close());
  return { port, listener, exchanges };
}

/** Sends `raw` on a connection of its own and gives back all that came until the server closed it. */
export function ask(port: number, raw: string): Promise<string> {
  return new RawClient(port).write(raw).untilEnd();
}

export function textReply(text: string, status = 200): Reply {
  return makeReply(status, new HeaderFields(['content-type', 'text/plain']), new WholeBody(text));
}

export async function answerOk(exchange: Exchange): Promise<Reply> {
  return textReply(`OK ${exchange.method} ${exchange.host} ${exchange.path} ${exchange.query}`);
}

export function statusOf(response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1]);
}
