/** What the dispatch service knows: where drivers wait, and who holds which of them. */
import { createHash } from 'node:crypto';
import { distanceMeters, type Place } from '../data/quote.ts';
import type { Driver, VehicleClass } from '../data/types.ts';
import { CITY_CENTRES } from '../data/words.ts';

export interface Reservation {
  readonly name: string;
  readonly driverId: string;
  readonly requestId: string;
  readonly expiresAtMs: number;
}

/** What keeps a driver from being held: somebody else's hold or a trip; or that the request asked for something else. */
export type Refusal = 'taken' | 'closed' | 'other driver';

const MAX_CLOSED_REQUESTS = 50_000;
/** A driver waits within this of the middle of the city, degrees. */
const SPREAD = 0.05;

/** Where a driver waits: always the same place. */
export function placeOf({ id, city }: Driver): Place {
  const [latitude, longitude] = CITY_CENTRES[city] ?? [52.52, 13.405];
  const digest = createHash('sha256').update(id).digest();
  const offset = (at: number): number => (digest.readUInt16BE(at) / 0xffff - 0.5) * 2 * SPREAD;
  const round = (value: number): number => Math.round(value * 100_000) / 100_000;
  return { latitude: round(latitude + offset(0)), longitude: round(longitude + offset(2)) };
}

export class DriverBoard {
  readonly #drivers: ReadonlyMap<string, Driver>;
  readonly #isDriving: (driverId: string) => boolean;
  readonly #byDriver = new Map<string, Reservation>();
  readonly #byRequest = new Map<string, Reservation>();
  /** Requests whose hold was let go: what is still under way of them comes too late. */
  readonly #closed = new Set<string>();
  readonly #counts = { made: 0, released: 0, expired: 0 };

  /** `isDriving` tells of a driver who is on a trip, held or not. */
  constructor(drivers: ReadonlyMap<string, Driver>, isDriving: (driverId: string) => boolean) {
    this.#drivers = drivers;
    this.#isDriving = isDriving;
  }

  driver(id: string): Driver | undefined {
    return this.#drivers.get(id);
  }

  /** The nearest who is online, held by nobody and on no trip. */
  nearest(near: Place, classes: readonly VehicleClass[], withinMeters: number): Driver | undefined {
    let best: Driver | undefined;
    let bestMeters = withinMeters;
    for (const driver of this.#drivers.values()) {
      if (driver.status !== 'ONLINE' || this.#isTaken(driver.id)) continue;
      if (classes.length > 0 && !classes.includes(driver.vehicle.class)) continue;
      const meters = distanceMeters(near, placeOf(driver));
      if (meters > bestMeters || (meters === bestMeters && best)) continue;
      best = driver;
      bestMeters = meters;
    }
    return best;
  }

  holder(driverId: string): Reservation | undefined {
    const held = this.#byDriver.get(driverId);
    if (!held || held.expiresAtMs > Date.now()) return held;
    this.#forget(held);
    this.#counts.expired++;
    return undefined;
  }

  /** Holds the driver. The same request holds the same driver once. */
  reserve(driverId: string, requestId: string, holdForMs: number): Reservation | Refusal {
    if (this.#closed.has(requestId)) return 'closed';
    const before = requestId === '' ? undefined : this.#byRequest.get(requestId);
    if (before && this.holder(before.driverId) === before) {
      return before.driverId === driverId ? before : 'other driver';
    }
    if (this.#isTaken(driverId)) return 'taken';
    this.#counts.made++;
    const hash = createHash('sha256').update(`${driverId} ${requestId} ${this.#counts.made}`).digest('hex');
    const name = `reservations/${hash.slice(0, 12)}`;
    const reservation = { name, driverId, requestId, expiresAtMs: Date.now() + holdForMs };
    this.#byDriver.set(driverId, reservation);
    if (requestId !== '') this.#byRequest.set(requestId, reservation);
    return reservation;
  }

  release(name: string): void {
    const held = this.#byDriver.values().find((one) => one.name === name);
    if (!held) return;
    this.#counts.released++;
    this.#forget(held);
    if (held.requestId !== '') this.#close(held.requestId);
  }

  /** Lets go what a request held, if anything, and refuses what may still come of it. */
  releaseRequest(requestId: string): void {
    const held = this.#byRequest.get(requestId);
    if (held) this.release(held.name);
    this.#close(requestId);
  }

  books() {
    return {
      reservations: [...this.#byDriver.keys()].flatMap((driverId) => {
        const held = this.holder(driverId);
        if (!held) return [];
        const { name, requestId, expiresAtMs } = held;
        const expires_at = new Date(expiresAtMs).toISOString();
        return [{ name, driver_id: driverId, request_id: requestId, expires_at }];
      }),
      ...this.#counts,
      closed_requests: this.#closed.size,
    };
  }

  #isTaken(driverId: string): boolean {
    return this.#isDriving(driverId) || this.holder(driverId) !== undefined;
  }

  #forget({ driverId, requestId }: Reservation): void {
    this.#byDriver.delete(driverId);
    this.#byRequest.delete(requestId);
  }

  #close(requestId: string): void {
    this.#closed.add(requestId);
    if (this.#closed.size <= MAX_CLOSED_REQUESTS) return;
    for (const oldest of this.#closed) {
      this.#closed.delete(oldest);
      return;
    }
  }
}
