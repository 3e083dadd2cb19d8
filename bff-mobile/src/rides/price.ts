/** What a ride costs, and that it costs what its caller was told. */
import { refuse } from '@frontdesk/gateway/bff';
import type { Doors } from '../backends.ts';
import type { Quote } from '../generated/upstreams/trips.ts';
import type { Point, RideRequest, VehicleClass } from './places.ts';

export interface Route {
  readonly from: Point;
  readonly to: Point;
  readonly vehicleClass: VehicleClass;
}

/** `rider`: whose tier takes something off; `undefined` for nobody in particular. */
export async function priceOf(
  { rest }: Pick<Doors, 'rest'>,
  { from, to, vehicleClass }: Route,
  rider: string | undefined,
) {
  const query = { from: textOf(from), to: textOf(to), class: vehicleClass, rider };
  return toPrice(await rest.trips.get('/quotes', { query }));
}

/** Refuses with the reason `fareChanged`, and the new fare, where it is not what the caller agreed to. */
export async function agreedPrice(doors: Doors, input: RideRequest, rider: string) {
  const { pickup: from, dropoff: to, vehicleClass, fare } = input;
  const price = await priceOf(doors, { from, to, vehicleClass }, rider);
  if (price.fare.amount === fare.amount && price.fare.currency === fare.currency) return price;
  throw refuse({
    status: 409,
    title: 'The fare has changed',
    members: { reason: 'fareChanged', fare: price.fare },
  });
}

function textOf({ latitude, longitude }: Point): string {
  return `${latitude},${longitude}`;
}

function toPrice(quote: Quote) {
  const { vehicle_class, distance_meters, duration_seconds, discount_percent, fare } = quote;
  return {
    vehicleClass: vehicle_class,
    distanceMeters: distance_meters,
    durationSeconds: duration_seconds,
    discountPercent: discount_percent,
    fare,
  };
}
