/**
 * The trips that were asked for at run time. Unlike the generated ones they are recorded: a trip moves by itself, seen or
 * not, from requested over each place of its path to completed, and everybody sees the same steps. A driver drives one
 * trip at a time. Bounded: it takes no more trips than it can keep.
 */
import { EventQueue } from './event-queue.ts';
import { WORLD_NOW_MS } from './people.ts';
import { pathBetween, type Quote } from './quote.ts';
import { hasEnded } from './trip-progress.ts';
import type { Location, Ride, Trip, TripStatus } from './types.ts';

const DEFAULT_STEP_MS = 1_000;
const MAX_TRIPS = 20_000;
/** Behind the generated ones. */
const FIRST_NUMBER = 1_001;

export interface RideRequest extends Omit<Ride, 'place' | 'timeline' | 'vehicleClass'> {
  readonly rider: string;
  readonly driver: string;
  readonly pickup: Location;
  readonly dropoff: Location;
  readonly quote: Quote;
}

/** A trip as it was at one of its steps, which are counted from 1. */
export interface TripStep {
  readonly step: number;
  readonly trip: Trip;
}

export type TripListener = (after: Trip, before: Trip | undefined) => void;

interface Row {
  trip: Trip;
  readonly steps: Trip[];
  readonly watchers: Set<EventQueue<TripStep>>;
  timer: NodeJS.Timeout | undefined;
}

export class TripBoard {
  readonly #rows = new Map<string, Row>();
  readonly #byKey = new Map<string, string>();
  readonly #driving = new Map<string, string>();
  readonly #listeners = new Set<TripListener>();
  #onWatched: (() => void) | undefined;
  #stepMs = DEFAULT_STEP_MS;
  #events = 0;

  get(id: string): Trip | undefined {
    return this.#rows.get(id)?.trip;
  }

  byKey(key: string): Trip | undefined {
    return this.get(this.#byKey.get(key) ?? '');
  }

  /** Oldest first. */
  all(): readonly Trip[] {
    return this.#rows
      .values()
      .map(({ trip }) => trip)
      .toArray();
  }

  get isFull(): boolean {
    return this.#rows.size >= MAX_TRIPS;
  }

  /** Whether a driver is on a trip that has not ended. */
  isDriving(driverId: string): boolean {
    return this.#driving.has(driverId);
  }

  get watchers(): number {
    return this.#rows.values().reduce((count, { watchers }) => count + watchers.size, 0);
  }

  /** Hears of every trip that is made or changed, until the returned function is called. */
  onChange(listener: TripListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `then` once, when the next watcher comes: a trip that stands still can wait for who is to see it. */
  whenWatched(then: () => void): void {
    this.#onWatched = then;
  }

  /** How long a step takes from now on; 0 stops every trip where it is. */
  setPace(stepMs: number): void {
    this.#stepMs = stepMs;
    for (const row of this.#rows.values()) this.#arm(row);
  }

  /** Makes a trip. That the driver is free and the board is not full is for the caller to see to. */
  add({ rider, driver, pickup, dropoff, quote, ...request }: RideRequest): Trip {
    const requestedAt = this.#nextInstant();
    const trip: Trip = {
      __typename: 'Trip',
      id: `t${FIRST_NUMBER + this.#rows.size}`,
      kind: 'RIDE',
      status: 'REQUESTED',
      requestedAt,
      userId: rider,
      driverId: driver,
      pickup,
      dropoff,
      path: pathBetween(pickup, dropoff),
      distanceMeters: quote.distanceMeters,
      durationSeconds: quote.durationSeconds,
      fare: quote.fare,
      orderId: null,
      ride: {
        ...request,
        vehicleClass: quote.vehicleClass,
        place: 0,
        timeline: [{ status: 'REQUESTED', at: requestedAt }],
      },
    };
    const row: Row = { trip, steps: [trip], watchers: new Set(), timer: undefined };
    this.#rows.set(trip.id, row);
    this.#byKey.set(request.key, trip.id);
    this.#driving.set(driver, trip.id);
    this.#arm(row);
    this.#tell(trip, undefined);
    return trip;
  }

  /** Gives a trip another status, wherever it is; one that has ended keeps its own. */
  move(id: string, status: TripStatus): Trip | undefined {
    const row = this.#rows.get(id);
    if (row && row.trip.status !== status && !hasEnded(row.trip)) this.#step(row, status);
    return row?.trip;
  }

  /** Every step behind `seen`, then each as it happens, until the trip has ended. */
  watch(id: string, seen: number): EventQueue<TripStep> | undefined {
    const row = this.#rows.get(id);
    if (!row) return undefined;
    const watcher = new EventQueue<TripStep>(() => row.watchers.delete(watcher));
    for (const [at, trip] of row.steps.entries()) if (at >= seen) watcher.tell({ step: at + 1, trip });
    if (hasEnded(row.trip)) watcher.end();
    else row.watchers.add(watcher);
    const onWatched = this.#onWatched;
    this.#onWatched = undefined;
    onWatched?.();
    return watcher;
  }

  /** From the trip as it is now. */
  watchNow(id: string): EventQueue<TripStep> | undefined {
    const steps = this.#rows.get(id)?.steps.length ?? 0;
    return this.watch(id, Math.max(0, steps - 1));
  }

  #arm(row: Row): void {
    clearTimeout(row.timer);
    row.timer = undefined;
    if (this.#stepMs === 0 || hasEnded(row.trip)) return;
    row.timer = setTimeout(() => this.#advance(row), this.#stepMs).unref();
  }

  #advance(row: Row): void {
    const { status, path, ride } = row.trip;
    if (!ride) return;
    if (status === 'REQUESTED') this.#step(row, 'UNDER_WAY');
    else if (ride.place + 2 < path.length) this.#step(row, 'UNDER_WAY', ride.place + 1);
    else this.#step(row, 'COMPLETED', path.length - 1);
  }

  #step(row: Row, status: TripStatus, place = row.trip.ride?.place ?? 0): void {
    const before = row.trip;
    const { ride } = before;
    if (!ride) return;
    const timeline =
      status === before.status ? ride.timeline : [...ride.timeline, { status, at: this.#nextInstant() }];
    const after: Trip = { ...before, status, ride: { ...ride, place, timeline } };
    row.trip = after;
    row.steps.push(after);
    if (hasEnded(after) && after.driverId !== null) this.#driving.delete(after.driverId);
    this.#arm(row);
    this.#tell(after, before);
    for (const watcher of [...row.watchers]) {
      watcher.tell({ step: row.steps.length, trip: after });
      if (hasEnded(after)) watcher.end();
    }
  }

  #tell(after: Trip, before: Trip | undefined): void {
    for (const listener of [...this.#listeners]) listener(after, before);
  }

  /** The world's clock stands still: what happens is a second behind what happened before. */
  #nextInstant(): string {
    this.#events++;
    return new Date(WORLD_NOW_MS + this.#events * 1000).toISOString();
  }
}
