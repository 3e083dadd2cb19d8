/**
 * The page of `frontdesk bff dev`: the last requests and the waterfall of each, live. For this machine alone: it listens
 * on a loopback address, and answers only those who ask for it by such a name (against DNS rebinding). Whatever it loads comes
 * from here.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { isLoopback } from '../handlers/admin/admin.ts';
import type { Waterfall } from '../telemetry/waterfall.ts';
import type { Problem } from './problem.ts';

/** What the page shows beside requests. */
export interface DevState {
  readonly name: string;
  /** Where the BFF is: `http://127.0.0.1:4030`. */
  readonly url: string;
  /** `GET /acme/home`. */
  readonly serves: readonly string[];
  /** Counts the versions that have served. 0: none yet. */
  readonly version: number;
  readonly building: boolean;
  readonly problems: readonly Problem[];
  readonly compilerProblems: readonly Problem[];
  readonly fakes: readonly string[];
}

export interface DevPageOptions {
  readonly state: () => DevState;
  /** The last requests, the oldest first. */
  readonly waterfalls: () => readonly Waterfall[];
}

const HOST = '127.0.0.1';
const HEARTBEAT_MS = 15_000;
/** A browser that does not read is let go. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
const MAX_VIEWERS = 20;
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
const FILES: Readonly<Record<string, readonly [string, string]>> = {
  '/': ['page.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/rows.js': ['rows.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
};

export class DevPage {
  readonly #options: DevPageOptions;
  readonly #server: Server;
  readonly #viewers = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: DevPageOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#heartbeat = setInterval(() => this.#send(': there\n\n'), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Its address. Any free port where `port` is taken and `mayMove`. Rejects where it cannot listen. */
  async listen(port: number, mayMove: boolean): Promise<string> {
    try {
      return await this.#listen(port);
    } catch (error) {
      if (!mayMove) throw error;
      return this.#listen(0);
    }
  }

  tellState(): void {
    this.#event('state', this.#options.state());
  }

  tellWaterfall(shown: Waterfall): void {
    this.#event('request', shown);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const viewer of this.#viewers) viewer.end();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #listen(port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, HOST, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(`http://${HOST}:${typeof address === 'object' && address ? address.port : port}`);
      });
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const { pathname } = URL.parse(request.url ?? '/', `http://${HOST}`) ?? { pathname: '' };
    if (!isOurs(request)) {
      this.#plain(response, 403, 'for this machine alone\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      this.#plain(response, 405, 'to be read alone\n');
    } else if (pathname === '/events') {
      this.#follow(response);
    } else {
      const [file, type] = Object.hasOwn(FILES, pathname) ? (FILES[pathname] ?? []) : [];
      if (file === undefined || type === undefined) {
        this.#plain(response, 404, 'there is no such page\n');
        return;
      }
      response.writeHead(200, { ...HEADERS, 'content-type': type });
      response.end(readFileSync(join(import.meta.dirname, 'page', file)));
    }
  }

  #plain(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' });
    response.end(text);
  }

  #follow(response: ServerResponse): void {
    if (this.#viewers.size >= MAX_VIEWERS) {
      this.#plain(response, 503, 'too many pages are open\n');
      return;
    }
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    this.#viewers.add(response);
    response.once('close', () => this.#viewers.delete(response));
    response.write(eventText('state', this.#options.state()));
    response.write(eventText('requests', this.#options.waterfalls()));
  }

  #event(name: string, data: unknown): void {
    if (this.#viewers.size > 0) this.#send(eventText(name, data));
  }

  #send(text: string): void {
    for (const viewer of this.#viewers) {
      if (viewer.writableLength > MAX_UNREAD_BYTES) viewer.destroy();
      else viewer.write(text);
    }
  }
}

function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Asked for by a name of this machine, and by no other page. */
function isOurs({ headers }: IncomingMessage): boolean {
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const isNamed = name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, ''));
  const site = headers['sec-fetch-site'];
  return isNamed && (site === undefined || site === 'same-origin' || site === 'none');
}
