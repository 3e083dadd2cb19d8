/**
 * A supergraph at a URL, asked for again and again: with the entity tag of what was had last (RFC 9110 §13.1.2), so
 * that what has not changed is not sent; after a failure ever more seldom, at times that differ from gateway to gateway, so
 * that a server which comes back is not met by all of them at once.
 */
import type { Clock, Random } from '../core/clock.ts';
import type { UrlSourceConfig } from '../graph/supergraph/source-config.ts';
import { MAX_SDL_BYTES, plainReason, type SupergraphFollower, type SupergraphSource } from './source.ts';

export interface FetchedText {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A GET of which nothing is decoded and no redirect followed. Rejects with an `Error` in plain words. */
export type FetchText = (
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  },
) => Promise<FetchedText>;

export interface UrlSourceOptions {
  /** `poll: undefined`: it is read when asked, and not followed. */
  readonly config: Omit<UrlSourceConfig, 'poll'> & { readonly poll: number | undefined };
  readonly fetchText: FetchText;
  readonly clock: Clock;
  readonly random: Random;
}

/** The longest wait after failures, however many there were. */
const MAX_BACKOFF_MS = 5 * 60_000;
/** A poll comes up to this share earlier or later than said. */
const POLL_JITTER = 0.1;

export class UrlSource implements SupergraphSource {
  readonly name: string;
  readonly remote = true;
  readonly polls: boolean;
  readonly startWithinMs: number;
  readonly #options: UrlSourceOptions;
  #follower: SupergraphFollower | undefined;
  #disarm: (() => void) | undefined;
  #failures = 0;
  #entityTag: string | undefined;
  #lastModified: string | undefined;

  constructor(options: UrlSourceOptions) {
    // A query may hold a secret, and a name goes into logs.
    this.name = options.config.url.split('?', 1)[0] ?? '';
    this.startWithinMs = options.config.startWithin;
    this.polls = options.config.poll !== undefined;
    this.#options = options;
  }

  async read(): Promise<string> {
    const sdl = await this.#fetch({});
    if (sdl === undefined) throw new Error(`${this.name} answered 304 to a request without conditions`);
    return sdl;
  }

  follow(follower: SupergraphFollower): void {
    this.#follower = follower;
    this.#arm();
  }

  async close(): Promise<void> {
    this.#follower = undefined;
    this.#disarm?.();
  }

  #arm(): void {
    const { config, clock } = this.#options;
    if (config.poll === undefined) return;
    this.#disarm = clock.after(this.#waitMs(config.poll), () => void this.#poll());
  }

  #waitMs(pollMs: number): number {
    const { random } = this.#options;
    if (this.#failures === 0) return pollMs * (1 + POLL_JITTER * (2 * random() - 1));
    const longest = Math.max(pollMs, MAX_BACKOFF_MS);
    const backoffMs = Math.min(pollMs * 2 ** Math.min(this.#failures, 30), longest);
    return backoffMs / 2 + (backoffMs / 2) * random();
  }

  async #poll(): Promise<void> {
    try {
      const sdl = await this.#fetch(this.#conditions());
      this.#failures = 0;
      if (sdl === undefined) this.#follower?.unchanged();
      else this.#follower?.changed(sdl);
    } catch (error) {
      this.#failures += 1;
      this.#follower?.failed(plainReason(error));
    }
    if (this.#follower) this.#arm();
  }

  #conditions(): Record<string, string> {
    if (this.#entityTag !== undefined) return { 'if-none-match': this.#entityTag };
    if (this.#lastModified !== undefined) return { 'if-modified-since': this.#lastModified };
    return {};
  }

  /** `undefined`: it has not changed. */
  async #fetch(conditions: Readonly<Record<string, string>>): Promise<string | undefined> {
    const { config, fetchText } = this.#options;
    const { status, text, headers } = await fetchText(config.url, {
      headers: { accept: 'application/graphql, text/plain, */*;q=0.5', ...config.headers, ...conditions },
      maxBytes: MAX_SDL_BYTES,
      timeoutMs: config.timeout,
    });
    if (status === 304) return undefined;
    if (status !== 200) throw new Error(`${this.name} answered ${status}: expected the SDL of a supergraph`);
    this.#entityTag = single(headers.etag);
    this.#lastModified = single(headers['last-modified']);
    return text;
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
