/** Users and drivers. Users `141` to `200` are the drivers `d1` to `d60`; user `1` is staff. */
import { createHash } from 'node:crypto';
import type { SeededRandom } from './random.ts';
import type { Driver, DriverStatus, Role, Tier, User, VehicleClass } from './types.ts';
import { CITIES, FIRST_NAMES, LAST_NAMES, STREETS, VEHICLE_MODELS } from './words.ts';

const USER_COUNT = 200;
const DRIVER_COUNT = 60;
/** Zones in which drivers wait. The last is always empty. */
export const ZONE_COUNT = 7;

/** The instant at which the generated world stands still. */
export const WORLD_NOW_MS = Date.UTC(2026, 5, 1, 12);
const MINUTE_MS = 60_000;

/** So many minutes before the world's now, in ISO 8601. */
export function minutesAgo(minutes: number): string {
  return new Date(WORLD_NOW_MS - minutes * MINUTE_MS).toISOString();
}

const DAY_MINUTES = 24 * 60;

export function generateUsers(random: SeededRandom): User[] {
  const users: User[] = [];
  for (let n = 1; n <= USER_COUNT; n++) {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    const username = `${first}.${last}${n}`.toLowerCase();
    const city = random.pick(CITIES);
    const driverNumber = n - (USER_COUNT - DRIVER_COUNT);
    const roles: Role[] = ['CUSTOMER'];
    if (driverNumber > 0) roles.push('DRIVER');
    if (n === 1) roles.push('STAFF');
    users.push({
      __typename: 'User',
      id: String(n),
      username,
      name: `${first} ${last}`,
      email: `${username}@example.com`,
      city,
      tier: random.weighted<Tier>([
        ['BRONZE', 5],
        ['SILVER', 3],
        ['GOLD', 2],
        ['PLATINUM', 1],
      ]),
      roles,
      memberSince: minutesAgo(random.integer(400, 2500) * DAY_MINUTES),
      avatarUrl: random.next() < 0.8 ? `https://images.example.com/avatars/${n}.webp` : null,
      addresses: ['Home', 'Work'].slice(0, random.integer(1, 2)).map((label) => ({
        label,
        street: `${random.pick(STREETS)} ${random.integer(1, 120)}`,
        city,
        postcode: String(random.integer(10_000, 99_999)),
      })),
      internalScore: random.integer(0, 1000),
      passwordHash: `$scrypt$${createHash('sha256').update(`demo password of ${n}`).digest('hex')}`,
      driverId: driverNumber > 0 ? `d${driverNumber}` : null,
    });
  }
  return users;
}

export function generateDrivers(random: SeededRandom, users: readonly User[]): Driver[] {
  const drivers: Driver[] = [];
  for (const user of users) {
    if (user.driverId === null) continue;
    const vehicleClass = random.weighted<VehicleClass>([
      ['BIKE', 2],
      ['COMPACT', 4],
      ['COMFORT', 3],
      ['VAN', 1],
    ]);
    drivers.push({
      __typename: 'Driver',
      id: user.driverId,
      userId: user.id,
      name: user.name,
      city: user.city,
      memberSince: user.memberSince,
      status: random.weighted<DriverStatus>([
        ['ONLINE', 4],
        ['ON_TRIP', 3],
        ['OFFLINE', 3],
      ]),
      vehicle: {
        class: vehicleClass,
        model: random.pick(VEHICLE_MODELS[vehicleClass]),
        plate: `FD ${random.integer(100, 999)} ${String.fromCharCode(65 + random.integer(0, 25))}`,
      },
      licensedSince: minutesAgo(random.integer(2500, 9000) * DAY_MINUTES),
      zone: random.integer(0, ZONE_COUNT - 2),
    });
  }
  return drivers;
}
