/** Where a trip is, as its feed tells it: each of its changes with a number and a place on its way. */
import type { Trip, TripStatus } from '../data/types.ts';

export interface TripStep {
  readonly type: 'position';
  readonly trip: string;
  /** From 1. */
  readonly step: number;
  readonly status: TripStatus;
  readonly latitude: number;
  readonly longitude: number;
}

export function tripStep(trip: Trip, step: number): TripStep {
  const [latitude, longitude] = placeOf(trip);
  return { type: 'position', trip: trip.id, step, status: trip.status, latitude, longitude };
}

function placeOf({ status, path, pickup, dropoff }: Trip): readonly [number, number] {
  if (status === 'COMPLETED') return [dropoff.latitude, dropoff.longitude];
  const middle = path[Math.floor(path.length / 2)];
  return status === 'UNDER_WAY' && middle ? middle : [pickup.latitude, pickup.longitude];
}
