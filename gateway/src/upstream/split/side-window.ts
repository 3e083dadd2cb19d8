/** What became of one side's calls over a sliding window: how many failed, and how long the others took. */

const SLOTS = 10;
/** Latencies are kept in classes of which each reaches 10 % further than the one before. */
const SHORTEST_MS = 0.1;
const GROWTH = 1.1;
const CLASSES = 160;
const LOG_GROWTH = Math.log(GROWTH);

interface Slot {
  calls: number;
  failures: number;
  readonly latencies: Uint32Array;
}

export class SideWindow {
  calls = 0;
  failures = 0;
  /** Calls that did not fail, by class of latency. */
  readonly latencies = new Uint32Array(CLASSES);
  readonly #slotMs: number;
  readonly #slots: Slot[];
  #current = Number.NaN;

  constructor(windowMs: number) {
    this.#slotMs = windowMs / SLOTS;
    this.#slots = Array.from({ length: SLOTS }, () => ({
      calls: 0,
      failures: 0,
      latencies: new Uint32Array(CLASSES),
    }));
  }

  /** A failure has no latency: what fails at once would look fast. Nor has a stream. */
  add(nowMs: number, failed: boolean, latencyMs: number | undefined): void {
    this.advance(nowMs);
    const slot = this.#slots[this.#current % SLOTS];
    if (!slot) return;
    slot.calls += 1;
    this.calls += 1;
    if (failed) {
      slot.failures += 1;
      this.failures += 1;
    } else if (latencyMs !== undefined) {
      const at = classOf(latencyMs);
      slot.latencies[at] = (slot.latencies[at] ?? 0) + 1;
      this.latencies[at] = (this.latencies[at] ?? 0) + 1;
    }
  }

  /** Forgets what is older than the window. */
  advance(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs);
    if (slot === this.#current) return;
    const first = Number.isNaN(this.#current) ? slot : this.#current + 1;
    for (let i = Math.max(first, slot - SLOTS + 1); i <= slot; i += 1) this.#forget(i % SLOTS);
    this.#current = slot;
  }

  clear(): void {
    for (let i = 0; i < SLOTS; i += 1) this.#forget(i);
  }

  #forget(index: number): void {
    const slot = this.#slots[index];
    if (!slot || slot.calls === 0) return;
    this.calls -= slot.calls;
    this.failures -= slot.failures;
    for (let i = 0; i < CLASSES; i += 1)
      this.latencies[i] = (this.latencies[i] ?? 0) - (slot.latencies[i] ?? 0);
    slot.calls = 0;
    slot.failures = 0;
    slot.latencies.fill(0);
  }
}

function classOf(ms: number): number {
  if (ms <= SHORTEST_MS) return 0;
  return Math.min(CLASSES - 1, Math.floor(Math.log(ms / SHORTEST_MS) / LOG_GROWTH));
}

/** The shortest latency, in milliseconds, that a class holds; the class before ends there. */
export function beginningOfClass(index: number): number {
  return index === 0 ? 0 : SHORTEST_MS * GROWTH ** index;
}
