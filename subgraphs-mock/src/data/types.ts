/**
 * The records of the company. Each carries its GraphQL `__typename`, by which unions and interfaces are told
 * apart. Records are never changed in place: a mutation puts a new one in the old one's place.
 */
export const CATEGORIES = [
  'GROCERY',
  'BAKERY',
  'MEALS',
  'DRINKS',
  'HOUSEHOLD',
  'ELECTRONICS',
  'PHARMACY',
  'FLOWERS',
] as const;
export type Category = (typeof CATEGORIES)[number];
export type Role = 'CUSTOMER' | 'DRIVER' | 'STAFF';
export type Tier = 'BRONZE' | 'SILVER' | 'GOLD' | 'PLATINUM';
export type DriverStatus = 'ONLINE' | 'ON_TRIP' | 'OFFLINE';
export type VehicleClass = (typeof VEHICLE_CLASSES)[number];
export type OrderStatus = 'PLACED' | 'PREPARING' | 'ON_THE_WAY' | 'DELIVERED' | 'CANCELLED';
export type TripKind = 'RIDE' | 'DELIVERY';
export type TripStatus = 'REQUESTED' | 'UNDER_WAY' | 'COMPLETED' | 'CANCELLED';

/** An amount in the currency's minor unit. */
export interface Money {
  readonly amount: number;
  readonly currency: 'EUR';
}

export interface Address {
  readonly label: string;
  readonly street: string;
  readonly city: string;
  readonly postcode: string;
}

export interface User {
  readonly __typename: 'User';
  /** `1` to `200`. */
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly city: string;
  readonly tier: Tier;
  readonly roles: readonly Role[];
  readonly memberSince: string;
  readonly avatarUrl: string | null;
  readonly addresses: readonly Address[];
  /** Secrets, which no client may see. */
  readonly internalScore: number;
  readonly passwordHash: string;
  readonly driverId: string | null;
}

export const LANGUAGES = ['DE', 'EN', 'FR'] as const;
export type Language = (typeof LANGUAGES)[number];
export const VEHICLE_CLASSES = ['BIKE', 'COMPACT', 'COMFORT', 'VAN'] as const;

export interface Preferences {
  readonly language: Language;
  readonly pushNotifications: boolean;
  readonly emailReceipts: boolean;
  readonly newsletter: boolean;
  readonly favouriteVehicle: VehicleClass | null;
}

export type MemberRole = 'rider' | 'booker' | 'admin';

export interface Member {
  readonly user: string;
  readonly role: MemberRole;
  readonly costCenter: string;
  /** Whether the member may order rides that the organization pays for. */
  readonly mayOrder: boolean;
}

/** A company that pays for its people's rides. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  /** The consumers and OAuth clients that may order in its name. */
  readonly applications: readonly string[];
  readonly budget: Money;
  readonly costCenters: readonly { readonly id: string; readonly name: string }[];
  readonly members: readonly Member[];
}

export interface Driver {
  readonly __typename: 'Driver';
  /** `d1` to `d60`; they are the users `141` to `200`. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly city: string;
  readonly memberSince: string;
  readonly status: DriverStatus;
  readonly vehicle: { readonly class: VehicleClass; readonly model: string; readonly plate: string };
  readonly licensedSince: string;
  /** Index of the zone in which the driver waits. */
  readonly zone: number;
}

export interface Store {
  readonly __typename: 'Store';
  /** `s1` to `s25`. */
  readonly id: string;
  readonly name: string;
  readonly city: string;
}

export interface Product {
  readonly __typename: 'Product';
  /** `p1` to `p500`. */
  readonly upc: string;
  readonly name: string;
  readonly description: string;
  readonly category: Category;
  readonly price: Money;
  readonly weightGrams: number;
  readonly inStock: boolean;
  readonly storeId: string;
  readonly tags: readonly string[];
}

export interface OrderItem {
  readonly __typename: 'OrderItem';
  readonly upc: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly weightGrams: number;
}

export interface Order {
  readonly __typename: 'Order';
  /** `o1` to `o2000`, and on from there. */
  readonly id: string;
  readonly number: string;
  readonly status: OrderStatus;
  readonly placedAt: string;
  readonly userId: string;
  readonly storeId: string;
  readonly items: readonly OrderItem[];
  readonly total: Money;
}

export interface Location {
  readonly label: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** What only a trip has that was asked for at run time: see `trip-board.ts`. */
export interface Ride {
  /** The idempotency key under which it was asked for. */
  readonly key: string;
  /** The name of the driver's reservation, and the id of the payment's authorization. */
  readonly reservation: string | null;
  readonly payment: string | null;
  readonly account: string | null;
  readonly costCenter: string | null;
  readonly vehicleClass: VehicleClass;
  /** At which place of the path it is. */
  readonly place: number;
  readonly timeline: readonly TripEvent[];
}

export interface TripEvent {
  readonly status: TripStatus;
  readonly at: string;
}

export interface Trip {
  readonly __typename: 'Trip';
  /** `t1` to `t1000`, and on from there. */
  readonly id: string;
  readonly kind: TripKind;
  readonly status: TripStatus;
  readonly requestedAt: string;
  readonly userId: string;
  readonly driverId: string | null;
  readonly pickup: Location;
  readonly dropoff: Location;
  readonly path: readonly (readonly [latitude: number, longitude: number])[];
  readonly distanceMeters: number;
  readonly durationSeconds: number;
  readonly fare: Money;
  readonly orderId: string | null;
  readonly ride?: Ride;
}

export interface Review {
  readonly __typename: 'Review';
  /** `r1` and on. */
  readonly id: string;
  readonly rating: number;
  readonly title: string;
  readonly body: string;
  readonly createdAt: string;
  readonly userId: string;
  /** Of a product, or of a trip and with it of its driver. */
  readonly subject: { readonly upc: string } | { readonly tripId: string; readonly driverId: string };
}
