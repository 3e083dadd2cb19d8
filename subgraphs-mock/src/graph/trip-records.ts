/** The trips that are asked for at run time, among those that a service knows from its beginning. */
import type { Dataset } from '../data/dataset.ts';
import type { TripBoard } from '../data/trip-board.ts';
import type { Trip } from '../data/types.ts';

/** Puts every trip of the board into `data`, and each change of one, until the returned function is called. */
export function followTrips(data: Dataset, board: TripBoard): () => void {
  for (const trip of board.all()) add(data, trip);
  return board.onChange((after, before) => {
    if (before) replace(data, before, after);
    else add(data, after);
  });
}

function add(data: Dataset, trip: Trip): void {
  data.trips.set(trip.id, trip);
  data.newestTrips.unshift(trip);
  data.tripsByUser.addFirst(trip.userId, trip);
  if (trip.driverId !== null) data.tripsByDriver.addFirst(trip.driverId, trip);
}

function replace(data: Dataset, before: Trip, after: Trip): void {
  data.trips.set(after.id, after);
  data.newestTrips[data.newestTrips.indexOf(before)] = after;
  data.tripsByUser.replace(after.userId, before, after);
  if (after.driverId !== null) data.tripsByDriver.replace(after.driverId, before, after);
}
