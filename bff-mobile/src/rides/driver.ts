/** Who drives: the nearest who waits, and how they are held for a ride and let go. */
import { GrpcStatusError, refuse } from '@frontdesk/gateway/bff';
import type { Doors, KeyedDoors } from '../backends.ts';
import type { Driver, VehicleClass as GrpcClass } from '../generated/upstreams/dispatch.ts';
import type { Point, VehicleClass } from './places.ts';

/** Nobody farther away than this, meters. */
const NEAR_METERS = 10_000;
/** How many drivers are asked for before a ride has none: each may be taken while it is asked. */
const MAX_DRIVERS = 4;
/** A ride is made within seconds; longer than that nobody is held whom it forgot. */
const HOLD_FOR = '300s';

const CLASSES: Readonly<Record<VehicleClass, GrpcClass>> = {
  bike: 'BIKE',
  compact: 'COMPACT',
  comfort: 'COMFORT',
  van: 'VAN',
};

export interface HeldDriver {
  readonly id: string;
  readonly name: string;
  readonly vehicle: string;
  readonly plate: string;
  /** The name of the hold. */
  readonly reservation: string;
}

/** The nearest who waits; null where nobody does. */
export async function nearestDriver(
  { grpc }: Pick<Doors, 'grpc'>,
  { latitude, longitude }: Point,
  vehicleClass?: VehicleClass,
): Promise<Driver | null> {
  const near = { latitude, longitude };
  const classes = vehicleClass === undefined ? {} : { vehicleClasses: [CLASSES[vehicleClass]] };
  try {
    return await grpc.dispatch.findDriver({ near, withinMeters: NEAR_METERS, ...classes });
  } catch (error) {
    if (isStatus(error, 'NOT_FOUND')) return null;
    throw error;
  }
}

/**
 * Holds the nearest driver. One who is taken between the two questions is not asked again: the next nearest is. All is known
 * by the step's key, so that whatever became of it `letGo` undoes it.
 */
export async function holdDriver(
  doors: Pick<KeyedDoors, 'grpc' | 'key'>,
  pickup: Point,
  vehicleClass: VehicleClass,
): Promise<HeldDriver> {
  for (let asked = 0; asked < MAX_DRIVERS; asked += 1) {
    const driver = await nearestDriver(doors, pickup, vehicleClass);
    if (!driver) break;
    try {
      const { name: reservation } = await doors.grpc.dispatch.reserve({
        driverId: driver.id,
        requestId: doors.key,
        holdFor: HOLD_FOR,
      });
      return { ...toDriver(driver), reservation };
    } catch (error) {
      if (!isStatus(error, 'ALREADY_EXISTS')) throw error;
    }
  }
  throw refuse({ status: 409, title: 'No driver is near', members: { reason: 'noDriverNear' } });
}

/** Also where nobody knows whether anybody was held: a hold that comes later is refused. */
export async function letGo({ grpc, key }: Pick<KeyedDoors, 'grpc' | 'key'>): Promise<void> {
  await grpc.dispatch.release({ requestId: key });
}

export function toDriver({ id, name, vehicle }: Driver) {
  return { id, name, vehicle: vehicle?.model ?? '', plate: vehicle?.plate ?? '' };
}

function isStatus(error: unknown, status: string): boolean {
  return error instanceof GrpcStatusError && error.grpcStatus === status;
}
