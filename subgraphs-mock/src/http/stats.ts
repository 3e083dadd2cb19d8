/** What reached a service: counts by method and path, and the last requests as they were received. Bounded. */
import type { IncomingMessage } from 'node:http';

const RECENT_REQUESTS = 50;
const MAX_COUNTED_PATHS = 2_000;
const OTHER_PATHS = 'other paths';

interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

export interface StatsReport {
  readonly total: number;
  /** Requests begun and not yet over, and the most of them there were at once. */
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Connections accepted. */
  readonly connections: number;
  /** By `GET /path`, without the query. */
  readonly requests: Readonly<Record<string, number>>;
  /** The last fifty, oldest first; header names in lower case, values of a repeated name joined by `, `. */
  readonly recent: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly rawHeaders: readonly string[];
  }[];
}

export class Stats {
  #total = 0;
  #inFlight = 0;
  #peakInFlight = 0;
  #connections = 0;
  #counts = new Map<string, number>();
  #recent: ReceivedRequest[] = [];
  #oldest = 0;

  connected(): void {
    this.#connections++;
  }

  began(method: string, path: string, request: Pick<IncomingMessage, 'url' | 'rawHeaders'>): void {
    this.#total++;
    this.#inFlight++;
    if (this.#inFlight > this.#peakInFlight) this.#peakInFlight = this.#inFlight;
    let key = `${method} ${path}`;
    if (!this.#counts.has(key) && this.#counts.size >= MAX_COUNTED_PATHS) key = OTHER_PATHS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const received = { method, url: request.url ?? '/', rawHeaders: request.rawHeaders };
    if (this.#recent.length < RECENT_REQUESTS) {
      this.#recent.push(received);
    } else {
      this.#recent[this.#oldest] = received;
      this.#oldest = (this.#oldest + 1) % RECENT_REQUESTS;
    }
  }

  ended(): void {
    this.#inFlight--;
  }

  /** Forgets all but what is in flight. */
  reset(): void {
    this.#total = 0;
    this.#peakInFlight = this.#inFlight;
    this.#connections = 0;
    this.#counts = new Map();
    this.#recent = [];
    this.#oldest = 0;
  }

  report(): StatsReport {
    const inOrder = [...this.#recent.slice(this.#oldest), ...this.#recent.slice(0, this.#oldest)];
    return {
      total: this.#total,
      inFlight: this.#inFlight,
      peakInFlight: this.#peakInFlight,
      connections: this.#connections,
      requests: Object.fromEntries(this.#counts),
      recent: inOrder.map((request) => ({ ...request, headers: joinHeaders(request.rawHeaders) })),
    };
  }
}

function joinHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}
