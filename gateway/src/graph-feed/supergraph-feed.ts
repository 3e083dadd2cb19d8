/**
 * Feeds the gateway with supergraphs: keeps the source across configurations, says what comes of it to whoever
 * builds, and keeps account of what was taken over and what was refused, and why.
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Instrument } from '../core/meter.ts';
import type { Residents } from '../residents/residents.ts';
import { SupergraphHints } from '../sharing/supergraph-hints.ts';
import { plainReason, type SupergraphSource } from '../supergraph/source.ts';
import { openSource, sourceKey } from './supergraph-source.ts';

/** What operators see of it. */
export interface SupergraphView {
  readonly source: string;
  /** Of the text that is served: the first half of its SHA-256, in hex. */
  readonly sha256: string;
  /** When it was taken over, as RFC 3339. */
  readonly since: string;
  /** Why what came since is not served; `undefined` where the newest is. */
  readonly refused: string | undefined;
  /** Why the source cannot be read at present. */
  readonly unreachable: string | undefined;
}

/** A configuration's supergraph, before anybody knows whether it can be served. */
export interface Supply {
  /** `undefined` where the configuration has no graph. */
  readonly sdl: string | undefined;
  /** It is served: its source is followed from now on, and the one before is closed. */
  commit(): Promise<void>;
  /** It is not: all stays as it was. */
  abandon(): Promise<void>;
}

interface Supplied {
  readonly key: string;
  readonly source: SupergraphSource;
}

export interface FeedOptions {
  readonly residents: Residents;
  /** Something came that is not served yet; `take` says what. */
  readonly onOffer: () => void;
  /** Waits while the gateway starts; replaced in tests. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** The first wait before a source is asked again at the start; it doubles. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4_000;

export class SupergraphFeed {
  readonly #options: FeedOptions;
  readonly #count: Instrument;
  readonly #servedSince: Instrument;
  readonly #hints: SupergraphHints;
  #supplied: Supplied | undefined;
  /** What is served. */
  #served: { readonly sdl: string; readonly since: string; readonly sha256: string } | undefined;
  /** What was said last by the source. */
  #said: string | undefined;
  #offer: string | undefined;
  #refused: string | undefined;
  #unreachable: string | undefined;

  constructor(options: FeedOptions) {
    const { metrics, channels, clock, random } = options.residents;
    this.#options = options;
    this.#hints = new SupergraphHints({
      channels,
      clock,
      random,
      served: () => this.#served?.sha256,
      ask: () => void this.#ask(),
    });
    this.#count = metrics.counter({
      name: 'frontdesk_supergraph_reloads_total',
      help: 'Supergraphs that came while the gateway ran: applied, refused; and times that the source was unreachable.',
      labels: ['outcome'],
    });
    this.#servedSince = metrics.gauge({
      name: 'frontdesk_supergraph_applied_timestamp_seconds',
      across: 'min',
      help: 'When the supergraph that is served was taken over, seconds since the epoch.',
      labels: [],
    });
  }

  get view(): SupergraphView | undefined {
    if (!this.#supplied || !this.#served) return undefined;
    const { sha256, since } = this.#served;
    return {
      source: this.#supplied.source.name,
      sha256,
      since,
      refused: this.#refused,
      unreachable: this.#unreachable,
    };
  }

  /** The supergraph of a configuration, read now. Rejects where it cannot be had; then nothing has changed. */
  async supply(config: Config): Promise<Supply> {
    const key = sourceKey(config);
    if (this.#supplied?.key === key) return this.#again(this.#supplied.source);
    const source = openSource(config, this.#options.residents);
    if (!source) return { sdl: undefined, commit: () => this.#replace(undefined), abandon: async () => {} };
    try {
      const sdl = await this.#firstOf(source);
      return {
        sdl,
        commit: async () => {
          await this.#replace({ key, source });
          this.#serve(sdl);
          this.#follow(source);
        },
        abandon: () => source.close(),
      };
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** What came last and is not served, once. */
  take(): string | undefined {
    const offer = this.#offer;
    this.#offer = undefined;
    return offer;
  }

  applied(sdl: string): void {
    this.#serve(sdl);
    if (this.#served) this.#hints.tell(this.#served.sha256);
    this.#count(1, 'applied');
    this.#options.residents.logger.info({ source: this.#supplied?.source.name }, 'a new supergraph serves');
  }

  refuse(error: unknown): void {
    this.#refused = reasonOf(error);
    this.#count(1, 'refused');
    this.#options.residents.logger.error(
      { source: this.#supplied?.source.name, reason: this.#refused },
      'a new supergraph was refused; the old one serves on',
    );
  }

  async close(): Promise<void> {
    await this.#replace(undefined);
  }

  /** The same source for a new configuration. */
  async #again(source: SupergraphSource): Promise<Supply> {
    let sdl: string;
    try {
      sdl = await source.read();
    } catch (error) {
      if (!source.remote || !this.#served) throw error;
      this.#failed(plainReason(error));
      sdl = this.#served.sdl;
    }
    return {
      sdl,
      commit: async () => {
        this.#said = sdl;
        this.#offer = undefined;
        this.#serve(sdl);
      },
      abandon: async () => {},
    };
  }

  async #firstOf(source: SupergraphSource): Promise<string> {
    const { residents, wait: pause = wait } = this.#options;
    const { clock, logger } = residents;
    const until = clock.now() + source.startWithinMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        return await source.read();
      } catch (error) {
        if (clock.now() + waitMs > until) {
          throw new Error(`no supergraph: ${plainReason(error)}`, { cause: error });
        }
        logger.warn({ source: source.name, reason: plainReason(error) }, 'no supergraph yet; trying again');
        await pause(waitMs);
      }
    }
  }

  /** Others serve something else: so it is not waited for the next poll. */
  async #ask(): Promise<void> {
    const { source } = this.#supplied ?? {};
    if (!source) return;
    try {
      const sdl = await source.read();
      if (source === this.#supplied?.source) this.#changed(sdl);
    } catch (error) {
      if (source === this.#supplied?.source) this.#failed(plainReason(error));
    }
  }

  #follow(source: SupergraphSource): void {
    if (source.polls) this.#hints.start();
    source.follow({
      changed: (sdl) => this.#changed(sdl),
      unchanged: () => {
        this.#unreachable = undefined;
      },
      failed: (reason) => this.#failed(reason),
      refused: (reason) => {
        this.#unreachable = undefined;
        this.refuse(new Error(reason));
      },
    });
  }

  #changed(sdl: string): void {
    this.#unreachable = undefined;
    if (sdl === this.#said) return;
    this.#said = sdl;
    if (sdl === this.#served?.sdl) {
      this.#offer = undefined;
      this.#refused = undefined;
      return;
    }
    this.#offer = sdl;
    this.#options.onOffer();
  }

  #failed(reason: string): void {
    this.#count(1, 'unreachable');
    if (reason === this.#unreachable) return;
    this.#unreachable = reason;
    this.#options.residents.logger.warn(
      { source: this.#supplied?.source.name, reason },
      'the supergraph could not be read; the one that serves goes on',
    );
  }

  #serve(sdl: string): void {
    this.#refused = undefined;
    this.#said ??= sdl;
    if (this.#served?.sdl === sdl) return;
    const wall = this.#options.residents.clock.wall();
    const sha256 = createHash('sha256').update(sdl).digest('hex').slice(0, 32);
    this.#served = { sdl, since: new Date(wall).toISOString(), sha256 };
    this.#servedSince(wall / 1_000);
  }

  async #replace(next: Supplied | undefined): Promise<void> {
    const old = this.#supplied;
    this.#hints.stop();
    this.#supplied = next;
    this.#said = undefined;
    this.#offer = undefined;
    this.#refused = undefined;
    this.#unreachable = undefined;
    if (!next) this.#served = undefined;
    await old?.source.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof FrontdeskError ? (error.detail ?? error.message) : plainReason(error);
}
