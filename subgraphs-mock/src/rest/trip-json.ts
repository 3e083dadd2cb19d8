/** A trip as the REST face of `trips` tells of it. */
import { progressOf, timelineOf } from '../data/trip-progress.ts';
import type { Trip } from '../data/types.ts';

export function tripJson(trip: Trip) {
  const { ride } = trip;
  const { percent, latitude, longitude, etaSeconds } = progressOf(trip);
  return {
    id: trip.id,
    key: ride?.key ?? null,
    status: trip.status.toLowerCase(),
    rider: trip.userId,
    driver: trip.driverId,
    reservation: ride?.reservation ?? null,
    payment: ride?.payment ?? null,
    account: ride?.account ?? null,
    cost_center: ride?.costCenter ?? null,
    vehicle_class: ride?.vehicleClass.toLowerCase() ?? null,
    pickup: trip.pickup,
    dropoff: trip.dropoff,
    path: trip.path,
    distance_meters: trip.distanceMeters,
    duration_seconds: trip.durationSeconds,
    fare: trip.fare,
    requested_at: trip.requestedAt,
    progress: { percent, latitude, longitude, eta_seconds: etaSeconds },
    timeline: timelineOf(trip).map(({ status, at }) => ({ status: status.toLowerCase(), at })),
  };
}
