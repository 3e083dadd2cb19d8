/** What the dispatch service knows: where drivers wait, and who holds which of them. */
import { createHash } from 'node:crypto';
import { createDataset, type Dataset } from '../data/dataset.ts';
import type { Driver, Trip, VehicleClass } from '../data/types.ts';
import { CITY_CENTRES } from '../data/words.ts';

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Reservation {
  readonly name: string;
  readonly driverId: string;
  readonly expiresAtMs: number;
}

const METERS_PER_DEGREE = 111_000;
/** A driver waits within this of the middle of the city, degrees. */
const SPREAD = 0.05;

export function distanceMeters(a: Place, b: Place): number {
  const shrink = Math.cos((a.latitude * Math.PI) / 180);
  return Math.round(
    Math.hypot(b.latitude - a.latitude, (b.longitude - a.longitude) * shrink) * METERS_PER_DEGREE,
  );
}

/** Where a driver waits: always the same place. */
export function placeOf({ id, city }: Driver): Place {
  const [latitude, longitude] = CITY_CENTRES[city] ?? [52.52, 13.405];
  const digest = createHash('sha256').update(id).digest();
  const offset = (at: number): number => (digest.readUInt16BE(at) / 0xffff - 0.5) * 2 * SPREAD;
  const round = (value: number): number => Math.round(value * 100_000) / 100_000;
  return { latitude: round(latitude + offset(0)), longitude: round(longitude + offset(2)) };
}

export class DriverBoard {
  readonly #data: Dataset = createDataset();
  readonly #byDriver = new Map<string, Reservation>();
  readonly #byRequest = new Map<string, Reservation>();

  driver(id: string): Driver | undefined {
    return this.#data.drivers.get(id);
  }

  trip(id: string): Trip | undefined {
    return this.#data.trips.get(id);
  }

  /** The nearest who is online and held by nobody. */
  nearest(near: Place, classes: readonly VehicleClass[], withinMeters: number): Driver | undefined {
    let best: Driver | undefined;
    let bestMeters = withinMeters;
    for (const driver of this.#data.drivers.values()) {
      if (driver.status !== 'ONLINE' || this.holder(driver.id)) continue;
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
    this.release(held.name);
    return undefined;
  }

  /** Holds the driver; `undefined` where somebody else does. */
  reserve(driverId: string, requestId: string, holdForMs: number): Reservation | undefined {
    const before = requestId === '' ? undefined : this.#byRequest.get(requestId);
    if (before?.driverId === driverId && this.holder(driverId) === before) return before;
    if (this.holder(driverId)) return undefined;
    const hash = createHash('sha256')
      .update(`${driverId} ${requestId} ${this.#byRequest.size}`)
      .digest('hex');
    const reservation = {
      name: `reservations/${hash.slice(0, 12)}`,
      driverId,
      expiresAtMs: Date.now() + holdForMs,
    };
    this.#byDriver.set(driverId, reservation);
    if (requestId !== '') this.#byRequest.set(requestId, reservation);
    return reservation;
  }

  release(name: string): void {
    for (const [driverId, held] of this.#byDriver) if (held.name === name) this.#byDriver.delete(driverId);
    for (const [requestId, held] of this.#byRequest)
      if (held.name === name) this.#byRequest.delete(requestId);
  }
}
