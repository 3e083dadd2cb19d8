/** Where a trip is, as its feed tells it: each of its changes with a number and a place on its way. */
import { progressOf } from '../data/trip-progress.ts';
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
  const { latitude, longitude } = progressOf(trip);
  return { type: 'position', trip: trip.id, step, status: trip.status, latitude, longitude };
}
