/** What callers say of a ride: from where to where, with which vehicle, and what they were told that it costs. */
import { z } from '@frontdesk/gateway/bff';

export const latitude = z.number().min(-90).max(90);
export const longitude = z.number().min(-180).max(180);

const place = z.strictObject({ label: z.string().min(1).max(255), latitude, longitude });

export const vehicleClass = z.enum(['bike', 'compact', 'comfort', 'van']).default('compact');

/** The members of a request for a ride, whoever pays. */
export const rideRequest = {
  pickup: place,
  dropoff: place,
  vehicleClass,
  fare: z.strictObject({ amount: z.int().min(1).max(1_000_000), currency: z.literal('EUR') }),
};

const asked = z.object(rideRequest);

export type RideRequest = z.output<typeof asked>;
export type VehicleClass = z.output<typeof vehicleClass>;
export type Point = Pick<RideRequest['pickup'], 'latitude' | 'longitude'>;
