/** How far a trip has come, and when what happened to it. Of a generated trip it is told by its status. */
import type { Trip, TripEvent } from './types.ts';

export interface TripProgress {
  /** From 0 to 100. */
  readonly percent: number;
  readonly latitude: number;
  readonly longitude: number;
  /** Null once it has ended. */
  readonly etaSeconds: number | null;
}

export function hasEnded({ status }: Pick<Trip, 'status'>): boolean {
  return status === 'COMPLETED' || status === 'CANCELLED';
}

export function progressOf(trip: Trip): TripProgress {
  const last = Math.max(1, trip.path.length - 1);
  const place = placeIndex(trip);
  const percent = Math.round((100 * place) / last);
  const [latitude, longitude] = coordinates(trip, place);
  const etaSeconds = hasEnded(trip) ? null : Math.round(trip.durationSeconds * (1 - place / last));
  return { percent, latitude, longitude, etaSeconds };
}

function placeIndex({ status, path, ride }: Trip): number {
  if (status === 'COMPLETED') return Math.max(1, path.length - 1);
  if (ride) return ride.place;
  return status === 'UNDER_WAY' ? Math.floor(path.length / 2) : 0;
}

function coordinates({ status, path, pickup, dropoff }: Trip, place: number): readonly [number, number] {
  if (status === 'COMPLETED') return [dropoff.latitude, dropoff.longitude];
  return (place > 0 ? path[place] : undefined) ?? [pickup.latitude, pickup.longitude];
}

const PICKUP_AFTER_MS = 3 * 60_000;

export function timelineOf(trip: Trip): readonly TripEvent[] {
  if (trip.ride) return trip.ride.timeline;
  const requestedMs = Date.parse(trip.requestedAt);
  const at = (ms: number) => new Date(requestedMs + ms).toISOString();
  const timeline: TripEvent[] = [{ status: 'REQUESTED', at: trip.requestedAt }];
  if (trip.status === 'CANCELLED') timeline.push({ status: 'CANCELLED', at: at(PICKUP_AFTER_MS) });
  if (trip.status === 'UNDER_WAY' || trip.status === 'COMPLETED')
    timeline.push({ status: 'UNDER_WAY', at: at(PICKUP_AFTER_MS) });
  if (trip.status === 'COMPLETED')
    timeline.push({ status: 'COMPLETED', at: at(PICKUP_AFTER_MS + trip.durationSeconds * 1000) });
  return timeline;
}
