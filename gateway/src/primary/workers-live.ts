/**
 * The live page's seconds of all workers together: each worker is followed as a page follows it, and what they told within a
 * second is told as one. A worker that comes is followed within a second; one that goes is left out.
 */

import type { Live } from '../admin/live-operations.ts';
import { collect, type Flow } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { NO_LATENCIES } from '../live/latency-counts.ts';
import { LiveFeed } from '../live/live-feed.ts';
import { livePage } from '../live/live-page.ts';
import type { LiveSource } from '../live/live-source.ts';
import { mergeLive, NOTHING_LIVE } from '../live/merge-live.ts';
import type { LiveRequest, LiveSnapshot } from '../live/snapshot.ts';
import { type Door, Tries } from '../live/try-request.ts';
import { EventStreamReader } from '../wire/events/sse-reader.ts';
import { askWorker, type Question } from '../workers/ask-worker.ts';

/** A worker that serves, its operators' socket, and the configuration that it serves. */
export interface PresentWorker {
  readonly number: number;
  readonly socket: string;
  readonly version: { readonly number: number; readonly digest: string };
}

export interface WorkersLiveOptions {
  readonly clock: Clock;
  readonly present: () => readonly PresentWorker[];
}

const LIVE = '/admin/live';
const SECOND_MS = 1_000;
const MAX_EVENT_BYTES = 16 * 1024 * 1024;
/** Of one worker, not yet told on. */
const MAX_TOLD = 3;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Ticks without a word for which a worker's states stand as it told them last: its clock and ours do not beat together. */
const MAX_SILENT = 3;

export class WorkersLive implements LiveSource {
  readonly #options: WorkersLiveOptions;
  /** By the socket: a worker that took the place of another has one of its own. */
  readonly #followed = new Map<string, Followed>();

  constructor(options: WorkersLiveOptions) {
    this.#options = options;
  }

  open(tell: (snapshot: LiveSnapshot) => void): () => void {
    const { clock } = this.#options;
    let cancel: (() => void) | undefined;
    const tick = (): void => {
      this.#follow();
      const told = [...this.#followed.values()].flatMap((one) => one.take(clock.wall()));
      if (told.length > 0) tell(mergeLive(told));
      cancel = clock.after(SECOND_MS, tick);
    };
    tick();
    return () => {
      cancel?.();
      for (const one of this.#followed.values()) one.close();
      this.#followed.clear();
    };
  }

  /** What each of them has kept by now, whoever looked before. */
  async list(): Promise<readonly LiveRequest[]> {
    const answers = await this.#askAll(`${LIVE}/requests`);
    return answers
      .flatMap(({ number, value }) => keptRequests(value).map((one) => ({ ...one, process: String(number) })))
      .sort((a, b) => a.at - b.at);
  }

  async find(id: string): Promise<object | undefined> {
    const answers = await this.#askAll(`${LIVE}/requests/${encodeURIComponent(id)}`);
    return answers[0]?.value;
  }

  /** What those workers answered that had an answer. */
  async #askAll(path: string): Promise<{ readonly number: number; readonly value: object }[]> {
    const answers = await Promise.all(
      this.#options.present().map(async ({ number, socket }) => {
        try {
          const { status, body } = await askWorker(socket, get(path));
          const bytes = await collect(body, MAX_ANSWER_BYTES, () => new FrontdeskError('upstream_too_large'));
          const value: unknown = status === 200 ? JSON.parse(Buffer.from(bytes).toString()) : undefined;
          return typeof value === 'object' && value !== null ? [{ number, value }] : [];
        } catch {
          return [];
        }
      }),
    );
    return answers.flat();
  }

  #follow(): void {
    const present = new Map(this.#options.present().map((worker) => [worker.socket, worker]));
    for (const [socket, followed] of this.#followed) {
      if (present.has(socket) && !followed.over) continue;
      followed.close();
      this.#followed.delete(socket);
    }
    for (const [socket, { number, version }] of present) {
      let one = this.#followed.get(socket);
      if (!one) {
        one = new Followed(socket, String(number));
        this.#followed.set(socket, one);
      }
      one.version = version;
    }
  }
}

/** The page of all workers, and the way to end its streams. What it asks of a configuration, any worker answers. */
export function openWorkersLive(
  options: WorkersLiveOptions & { readonly token: () => string | undefined; readonly door: () => Door },
): Live {
  const { clock, token, door } = options;
  const source = new WorkersLive(options);
  const feed = new LiveFeed(source);
  const tries = new Tries({ door, clock });
  const page = livePage({ clock, token, feed, source, questions: undefined, tries });
  return { page, close: () => feed.close() };
}

/** One worker's stream. */
class Followed {
  over = false;
  version: PresentWorker['version'] | undefined;
  readonly #worker: string;
  #told: LiveSnapshot[] = [];
  #last: LiveSnapshot | undefined;
  #silent = 0;
  #flow: Flow | undefined;

  constructor(socket: string, worker: string) {
    this.#worker = worker;
    askWorker(socket, get(LIVE)).then(
      ({ status, body }) => {
        if (status !== 200 || this.over) {
          this.over = true;
          body.discard(new Error('not followed'));
          return;
        }
        const reader = new EventStreamReader(MAX_EVENT_BYTES, ({ type, data }) => this.#hear(type, data));
        const end = (): void => this.close();
        this.#flow = body.start({ write: (chunk) => this.#read(reader, chunk), end, fail: end });
      },
      () => {
        this.over = true;
      },
    );
  }

  /** What it told since it was asked last; where it told nothing, how it stood: a worker that is late has not gone. */
  take(now: number): LiveSnapshot[] {
    const told = this.#told.splice(0);
    this.#silent = told.length > 0 ? 0 : this.#silent + 1;
    if (told.length > 0 || !this.#last) return told;
    const processes =
      this.#silent <= MAX_SILENT
        ? this.#last.processes
        : this.#last.processes.map((one) => ({
            ...one,
            notReady: [...one.notReady, `silent for ${this.#silent} s`],
          }));
    return [{ ...withoutCounts(this.#last), at: now, processes }];
  }

  close(): void {
    this.over = true;
    this.#flow?.cancel(new Error('not followed any more'));
    this.#flow = undefined;
  }

  #read(reader: EventStreamReader, chunk: Uint8Array): boolean {
    if (!reader.write(chunk)) this.close();
    return true;
  }

  /** The workers are of our own making: what they say has the shape that `live/live-feed.ts` gives it. */
  #hear(type: string, data: string): void {
    if (type !== 'second') return;
    const named = (request: LiveRequest): LiveRequest => ({ ...request, process: this.#worker });
    const second: LiveSnapshot = JSON.parse(data);
    const { number, digest } = this.version ?? {};
    // Where two come within one of ours, what was counted adds up, and states are as the later says.
    this.#told = this.#told.map(withoutStates);
    if (this.#told.length >= MAX_TOLD) this.#told.shift();
    this.#last = {
      ...second,
      processes: second.processes.map((one) => ({ ...one, process: this.#worker, version: number, digest })),
      requests: second.requests.map(named),
    };
    this.#told.push(this.#last);
  }
}

function withoutStates(second: LiveSnapshot): LiveSnapshot {
  const none = { inFlight: 0, queued: 0, limit: 0, breakers: {}, health: {} };
  return { ...second, processes: [], endpoints: second.endpoints.map((one) => ({ ...one, ...none })) };
}

/** How things stand, of a second in which nothing is told. */
function withoutCounts(second: LiveSnapshot): LiveSnapshot {
  const endpoints = second.endpoints.map((one) => ({ ...one, calls: 0, failed: 0, latencies: NO_LATENCIES }));
  return { ...NOTHING_LIVE, spanMs: second.spanMs, endpoints };
}

function keptRequests(value: object): readonly LiveRequest[] {
  return 'requests' in value && Array.isArray(value.requests) ? value.requests : [];
}

function get(url: string): Question {
  return { method: 'GET', url, headers: {}, body: undefined };
}
