/**
 * When files that are watched are looked at: one look at a time, soon again where something has not come to rest or was told
 * meanwhile, and every other second otherwise.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from './clock.ts';

export interface FileLooksOptions {
  readonly clock: Clock;
  /** Milliseconds that what changed must have been at rest; 100. */
  readonly settleMs?: number | undefined;
  /** Milliseconds from one look to the next where nothing is told; 2,000. */
  readonly pollMs?: number | undefined;
  /** True where there is nothing to wait for. Never rejects. */
  readonly look: () => Promise<boolean>;
}

const SETTLE_MS = 100;
const POLL_MS = 2_000;

export class FileLooks {
  readonly #options: FileLooksOptions;
  readonly #settleMs: number;
  readonly #pollMs: number;
  #disarm: (() => void) | undefined;
  /** When the next look is due. */
  #dueAt = Number.POSITIVE_INFINITY;
  #looking = false;
  /** A look was asked for during a look. */
  #again = false;
  #closed = false;

  constructor(options: FileLooksOptions) {
    this.#options = options;
    this.#settleMs = options.settleMs ?? SETTLE_MS;
    this.#pollMs = options.pollMs ?? POLL_MS;
  }

  /** Without waiting for anything to come to rest. */
  now(): void {
    this.#in(0);
  }

  /** Something was told. */
  soon(): void {
    this.#in(this.#settleMs);
  }

  /** There is no look after this. */
  close(): void {
    this.#closed = true;
    this.#disarm?.();
  }

  #in(delayMs: number): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    const { clock } = this.#options;
    const dueAt = clock.now() + delayMs;
    // Never put off: where something in the folder changes without an end, files are looked at all the same.
    if (dueAt >= this.#dueAt) return;
    this.#disarm?.();
    this.#dueAt = dueAt;
    this.#disarm = clock.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#again = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const settled = await this.#options.look();
    this.#looking = false;
    this.#in(this.#again || !settled ? this.#settleMs : this.#pollMs);
  }
}

/** What tells one content of a file from another without reading it. Rejects where the file cannot be looked at. */
export async function fileState(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}
