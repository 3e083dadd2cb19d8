/**
 * What processes tell each other of the breakers of endpoints: a hint, never a command. Who hears that another's breaker
 * opened looks more closely at what its own calls say (`CircuitBreaker.beCareful`), for a bounded time. Messages are
 * lost without harm, and what is no hint, or of an endpoint that is not known here, is ignored. Both ways are bounded in
 * number: a process that is ill floods nobody, and cannot have an endpoint taken out of service that serves the others well.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { Channels } from '../../state/store.ts';
import type { BreakerState, CircuitBreaker } from './breaker.ts';

const CHANNEL = 'breakers';
const MAX_SENT_PER_S = 10;
const MAX_HEARD_PER_S = 100;
const MAX_CHARS = 2_048;

export interface BreakerName {
  readonly upstream: string;
  /** `host:port`. */
  readonly endpoint: string;
  /** Whose it is, where each template has its own. */
  readonly template?: string | undefined;
}

export interface BreakerHintsOptions {
  readonly channels: Channels;
  readonly clock: Clock;
  readonly meter: Meter;
}

type Find = (template: string | undefined) => CircuitBreaker | undefined;

export class BreakerHints {
  readonly #options: BreakerHintsOptions;
  readonly #process = randomUUID();
  readonly #count: Instrument;
  /** By upstream and endpoint. */
  readonly #listening = new Map<string, Set<Find>>();
  readonly #sent: PerSecond;
  readonly #heard: PerSecond;
  #end: (() => void) | undefined;

  constructor(options: BreakerHintsOptions) {
    const { clock, meter } = options;
    this.#options = options;
    this.#sent = new PerSecond(MAX_SENT_PER_S, clock);
    this.#heard = new PerSecond(MAX_HEARD_PER_S, clock);
    this.#count = meter.counter({
      name: 'frontdesk_breaker_hints_total',
      help: 'Hints between processes on breakers: sent, unsent (too many, or nobody to be told), heeded, ignored (not closed, heard before, too many)',
      labels: ['upstream', 'what'],
    });
  }

  /** Hears of this endpoint until what it returns is called. Channels are listened to from the first on. */
  join(upstream: string, endpoint: string, find: Find): () => void {
    this.#end ??= this.#options.channels.subscribe(CHANNEL, {
      message: (text) => this.#hear(text),
      resumed() {},
    });
    const key = keyOf(upstream, endpoint);
    const finds = this.#listening.get(key) ?? new Set();
    this.#listening.set(key, finds.add(find));
    return () => {
      finds.delete(find);
      if (finds.size === 0 && this.#listening.get(key) === finds) this.#listening.delete(key);
    };
  }

  /** A breaker here is in this state now. */
  tell(state: BreakerState, { upstream, endpoint, template }: BreakerName): void {
    if (state === 'half-open') return;
    if (!this.#sent.take()) {
      this.#count(1, upstream, 'unsent');
      return;
    }
    const text = JSON.stringify([this.#process, state, upstream, endpoint, template ?? null]);
    this.#options.channels.publish(CHANNEL, text).then(
      () => this.#count(1, upstream, 'sent'),
      () => this.#count(1, upstream, 'unsent'),
    );
  }

  close(): void {
    this.#end?.();
    this.#listening.clear();
  }

  #hear(text: string): void {
    const hint = text.length > MAX_CHARS ? undefined : hintOf(text);
    if (!hint || hint.by === this.#process) return;
    const { state, upstream, endpoint, template } = hint;
    const finds = this.#listening.get(keyOf(upstream, endpoint));
    // Of an upstream that is not known here: its name may be anything.
    if (!finds) return;
    let heeded = false;
    if (this.#heard.take())
      for (const find of finds) {
        const breaker = find(template);
        if (state === 'closed') breaker?.beUsual();
        else if (breaker?.beCareful()) heeded = true;
      }
    if (state === 'open') this.#count(1, upstream, heeded ? 'heeded' : 'ignored');
  }
}

function keyOf(upstream: string, endpoint: string): string {
  return `${upstream} ${endpoint}`;
}

interface Hint extends BreakerName {
  readonly by: string;
  readonly state: 'open' | 'closed';
}

function hintOf(text: string): Hint | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  const [by, state, upstream, endpoint, template]: unknown[] = Array.isArray(said) ? said : [];
  if (typeof by !== 'string' || typeof upstream !== 'string' || typeof endpoint !== 'string')
    return undefined;
  if (state !== 'open' && state !== 'closed') return undefined;
  if (template !== null && typeof template !== 'string') return undefined;
  return { by, state, upstream, endpoint, template: template ?? undefined };
}

/** So many a second and no more. */
class PerSecond {
  readonly #most: number;
  readonly #clock: Clock;
  #second = 0;
  #taken = 0;

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  take(): boolean {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    this.#taken += 1;
    return this.#taken <= this.#most;
  }
}
