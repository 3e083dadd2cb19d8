/**
 * What happens to trips, for those who want to know. A trip that has not ended moves on by itself while somebody looks:
 * requested, under way, completed, a step a second; that is its feed's end. Every other trip is still until told.
 * Steps are told, not recorded: who looks again sees the same trip set out again.
 */
import type { Trip, TripStatus } from './types.ts';

const STEP_MS = 1_000;
const STEPS: readonly TripStatus[] = ['REQUESTED', 'UNDER_WAY', 'COMPLETED'];

interface Watcher {
  tell(trip: Trip): void;
}

export class TripFeed {
  readonly #watchers = new Map<string, Set<Watcher>>();

  /** How many look at trips now. */
  get watchers(): number {
    let count = 0;
    for (const watchers of this.#watchers.values()) count += watchers.size;
    return count;
  }

  /** Tells whoever looks at the trip. */
  tell(trip: Trip): void {
    for (const watcher of this.#watchers.get(trip.id) ?? []) watcher.tell(trip);
  }

  /** The trip as it is, and then each change. */
  watch(trip: Trip): AsyncIterableIterator<Trip> {
    const waiting: Trip[] = [];
    const pullers: ((result: IteratorResult<Trip>) => void)[] = [];
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    const watchers = this.#watchers.get(trip.id) ?? new Set();
    this.#watchers.set(trip.id, watchers);
    const tell = (next: Trip): void => {
      const puller = pullers.shift();
      if (puller) puller({ done: false, value: next });
      else waiting.push(next);
    };
    const end = (): void => {
      over = true;
      clearInterval(timer);
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(trip.id);
      for (const puller of pullers.splice(0)) puller({ done: true, value: undefined });
    };
    const watcher: Watcher = { tell };
    watchers.add(watcher);
    tell(trip);
    let step = STEPS.indexOf(trip.status);
    if (trip.status === 'REQUESTED' || trip.status === 'UNDER_WAY') {
      timer = setInterval(() => {
        step += 1;
        const status = STEPS[step];
        if (status) tell({ ...trip, status });
        else end();
      }, STEP_MS);
      timer.unref();
    }
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => {
        const next = waiting.shift();
        if (next) return Promise.resolve({ done: false, value: next });
        if (over) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => pullers.push(resolve));
      },
      return: async () => {
        end();
        return { done: true, value: undefined };
      },
    };
  }
}
