/**
 * What happens to the generated trips, for those who want to know. A trip that has not ended moves on by itself while
 * somebody looks: requested, under way, completed, a step a second; that is its feed's end. Every other trip is still
 * until told. Steps are told, not recorded: who looks again sees the same trip set out again.
 */
import { EventQueue } from './event-queue.ts';
import type { Trip, TripStatus } from './types.ts';

const STEP_MS = 1_000;
const STEPS: readonly TripStatus[] = ['REQUESTED', 'UNDER_WAY', 'COMPLETED'];

export class TripFeed {
  readonly #watchers = new Map<string, Set<EventQueue<Trip>>>();

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
  watch(trip: Trip): EventQueue<Trip> {
    let timer: NodeJS.Timeout | undefined;
    const watchers = this.#watchers.get(trip.id) ?? new Set();
    this.#watchers.set(trip.id, watchers);
    const watcher = new EventQueue<Trip>(() => {
      clearInterval(timer);
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(trip.id);
    });
    watchers.add(watcher);
    watcher.tell(trip);
    let step = STEPS.indexOf(trip.status);
    if (trip.status === 'REQUESTED' || trip.status === 'UNDER_WAY') {
      timer = setInterval(() => {
        step += 1;
        const status = STEPS[step];
        if (status) watcher.tell({ ...trip, status });
        else watcher.end();
      }, STEP_MS);
      timer.unref();
    }
    return watcher;
  }
}
