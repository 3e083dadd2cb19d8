/** What a ride costs, how far it is and which way it goes: the same for the same places. */
import type { Location, Money, Tier, VehicleClass } from './types.ts';

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Quote {
  readonly vehicleClass: VehicleClass;
  readonly distanceMeters: number;
  readonly durationSeconds: number;
  readonly discountPercent: number;
  readonly fare: Money;
}

export const DISCOUNT_PERCENT: Readonly<Record<Tier, number>> = {
  BRONZE: 0,
  SILVER: 5,
  GOLD: 10,
  PLATINUM: 15,
};
/** How much dearer than the plain fare, in percent of it. */
const CLASS_PERCENT: Readonly<Record<VehicleClass, number>> = {
  BIKE: 80,
  COMPACT: 100,
  COMFORT: 130,
  VAN: 160,
};
const BASE_CENTS = 320;
const CENTS_PER_METER = 0.18;
const BASE_SECONDS = 120;
/** Meters a second. */
const SPEED = 7;
const METERS_PER_DEGREE = 111_000;
/** Farther nobody drives. */
export const MAX_RIDE_METERS = 100_000;
const PATH_PLACES = 8;

export function distanceMeters(a: Place, b: Place): number {
  const shrink = Math.cos((a.latitude * Math.PI) / 180);
  return Math.round(
    Math.hypot(b.latitude - a.latitude, (b.longitude - a.longitude) * shrink) * METERS_PER_DEGREE,
  );
}

export function quoteFor(from: Place, to: Place, vehicleClass: VehicleClass, tier: Tier | undefined): Quote {
  const meters = distanceMeters(from, to);
  const discountPercent = tier === undefined ? 0 : DISCOUNT_PERCENT[tier];
  const full = ((BASE_CENTS + meters * CENTS_PER_METER) * CLASS_PERCENT[vehicleClass]) / 100;
  return {
    vehicleClass,
    distanceMeters: meters,
    durationSeconds: BASE_SECONDS + Math.round(meters / SPEED),
    discountPercent,
    fare: { amount: Math.round((full * (100 - discountPercent)) / 100), currency: 'EUR' },
  };
}

/** From the first place to the last, in even steps. */
export function pathBetween(from: Location, to: Location): readonly (readonly [number, number])[] {
  const round = (value: number) => Math.round(value * 10_000) / 10_000;
  return Array.from({ length: PATH_PLACES }, (_, i) => {
    const part = i / (PATH_PLACES - 1);
    const latitude = from.latitude + (to.latitude - from.latitude) * part;
    const longitude = from.longitude + (to.longitude - from.longitude) * part;
    return [round(latitude), round(longitude)] as const;
  });
}
