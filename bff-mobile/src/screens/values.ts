/** What phones are sure of: values that many screens have. An app that is years old must not fall over a new status. */
import { openEnum, z } from '@frontdesk/gateway/bff';

export const Money = z.object({ amount: z.int(), currency: z.string() });

export const Place = z.object({ label: z.string(), latitude: z.number(), longitude: z.number() });

export const OrderStatus = openEnum(['PLACED', 'PREPARING', 'ON_THE_WAY', 'DELIVERED', 'CANCELLED'], 'OTHER');

export const TripStatus = openEnum(['REQUESTED', 'UNDER_WAY', 'COMPLETED', 'CANCELLED'], 'OTHER');

export const TripKind = openEnum(['RIDE', 'DELIVERY'], 'OTHER');

export const Driver = z.object({
  id: z.string(),
  name: z.string(),
  vehicle: z.object({ model: z.string(), plate: z.string() }),
});

/** As the phone shows it. */
export function toDriver({ id, name, vehicle }: z.output<typeof Driver>) {
  return { id, name, vehicle: vehicle.model, plate: vehicle.plate };
}
