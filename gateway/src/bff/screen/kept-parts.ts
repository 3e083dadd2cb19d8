/**
 * Values of parts that are kept for a while, in the process: bounded in number and bytes, the least recently used of
 * the BFF with most go first. What is kept is what JSON makes of a value, frozen: everybody is given the same and nobody can change it. Keys
 * begin with BFF, screen and part, so that they can be purged by them.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { FairEntries, type RoomLimits } from '../flow/fair-entries.ts';
import type { PartRun } from './part-run.ts';

const LIMITS: RoomLimits = { maxEntries: 10_000, maxBytes: 32 * 1024 * 1024 };
/** What an entry costs beside its text. */
const ENTRY_BYTES = 192;

export interface KeptPart {
  readonly value: unknown;
  readonly bytes: number;
  /** Milliseconds of the clock. */
  readonly keptAt: number;
}

/** A value that is being fetched, and the parts of other requests that wait for it. */
export interface Flight {
  readonly followers: { readonly run: PartRun; readonly lead: () => void }[];
}

export class KeptParts {
  readonly clock: Clock;
  readonly #entries: FairEntries<KeptPart>;
  readonly #flights = new Map<string, Flight>();

  constructor(clock: Clock, limits: RoomLimits = LIMITS) {
    this.clock = clock;
    this.#entries = new FairEntries(limits);
  }

  get bytes(): number {
    return this.#entries.bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many values are being fetched. */
  get flying(): number {
    return this.#flights.size;
  }

  /** What is kept, where it is no older than `maxAgeMs`. */
  get(key: string, maxAgeMs: number): KeptPart | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (this.clock.now() - entry.keptAt > maxAgeMs) {
      this.#entries.delete(key);
      return undefined;
    }
    this.#entries.touch(key, entry);
    return entry;
  }

  /** One that is larger than a sixteenth of the room is not kept. */
  put(key: string, value: unknown, bytes: number): void {
    const size = bytes + 2 * key.length + ENTRY_BYTES;
    this.#entries.set(key, { value, bytes: size, keptAt: this.clock.now() });
  }

  flight(key: string): Flight | undefined {
    return this.#flights.get(key);
  }

  /** Whoever asks for the same from now on may wait for it. */
  begin(key: string, flight: Flight): void {
    this.#flights.set(key, flight);
  }

  end(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  /** Forgets whatever is kept under keys that begin so, and lets nobody join what is being fetched. Returns how many went. */
  purge(prefix: string): number {
    const count = this.#entries.purge(prefix);
    for (const key of this.#flights.keys()) if (key.startsWith(prefix)) this.#flights.delete(key);
    return count;
  }
}

/** A value as it is kept, and what it takes. Throws where JSON can't hold it. */
export function keepable(value: unknown): { readonly value: unknown; readonly bytes: number } {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new FrontdeskError('internal', { detail: 'what a cached part gives must be JSON', cause });
  }
  if (text === undefined) return { value: undefined, bytes: 0 };
  const copy: unknown = JSON.parse(text);
  freeze(copy);
  return { value: copy, bytes: 2 * text.length };
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
