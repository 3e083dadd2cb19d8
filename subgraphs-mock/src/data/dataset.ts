/**
 * The company's data with the indexes that its services read by. Two data sets are equal to the last byte, and
 * each service has one of its own: what a mutation changes, it changes for that service alone, until it restarts.
 */
import { generateProducts, generateStores } from './catalogue.ts';
import { generateOrders } from './orders.ts';
import { generateDrivers, generateUsers, ZONE_COUNT } from './people.ts';
import { SeededRandom } from './random.ts';
import { generateReviews } from './reviews.ts';
import { generateTrips } from './trips.ts';
import type { Driver, Order, Product, Review, Store, Trip, User } from './types.ts';

const SEED = 20_260_601;

/** Lists by key; a list keeps the order in which its members came. */
export class Index<T> {
  readonly #lists = new Map<string, T[]>();

  constructor(members: Iterable<T> = [], keyOf?: (member: T) => string | null | undefined) {
    for (const member of members) {
      const key = keyOf?.(member);
      if (key !== null && key !== undefined) this.add(key, member);
    }
  }

  add(key: string, member: T): void {
    const list = this.#lists.get(key);
    if (list) list.push(member);
    else this.#lists.set(key, [member]);
  }

  /** Puts `member` first in its list. */
  addFirst(key: string, member: T): void {
    const list = this.#lists.get(key);
    if (list) list.unshift(member);
    else this.#lists.set(key, [member]);
  }

  replace(key: string, old: T, member: T): void {
    const list = this.#lists.get(key);
    const at = list?.indexOf(old) ?? -1;
    if (list && at >= 0) list[at] = member;
  }

  remove(key: string, member: T): void {
    const list = this.#lists.get(key);
    const at = list?.indexOf(member) ?? -1;
    if (list && at >= 0) list.splice(at, 1);
  }

  get(key: string): readonly T[] {
    return this.#lists.get(key) ?? [];
  }
}

/** Lists of orders, trips and reviews are newest first; the rest are by ascending id. */
export interface Dataset {
  readonly users: Map<string, User>;
  readonly drivers: Map<string, Driver>;
  readonly stores: Map<string, Store>;
  readonly products: Map<string, Product>;
  readonly orders: Map<string, Order>;
  readonly trips: Map<string, Trip>;
  readonly reviews: Map<string, Review>;
  readonly productsByStore: Index<Product>;
  readonly productsByCategory: Index<Product>;
  /** Best-selling first. */
  readonly bestSellers: readonly Product[];
  readonly unitsOrdered: Map<string, number>;
  readonly newestOrders: Order[];
  readonly ordersByUser: Index<Order>;
  readonly ordersByStore: Index<Order>;
  readonly newestTrips: Trip[];
  readonly tripsByUser: Index<Trip>;
  readonly tripsByDriver: Index<Trip>;
  readonly tripByOrder: ReadonlyMap<string, Trip>;
  readonly driversByZone: readonly (readonly Driver[])[];
  readonly newestReviews: Review[];
  readonly reviewsByUser: Index<Review>;
  readonly reviewsByProduct: Index<Review>;
  readonly reviewsByDriver: Index<Review>;
  readonly reviewByTrip: Map<string, Review>;
}

function byId<T extends { readonly id: string }>(records: readonly T[]): Map<string, T> {
  return new Map(records.map((record) => [record.id, record]));
}

function countUnits(orders: readonly Order[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const order of orders) {
    if (order.status === 'CANCELLED') continue;
    for (const item of order.items) units.set(item.upc, (units.get(item.upc) ?? 0) + item.quantity);
  }
  return units;
}

/** Everybody and everything, as it is before anything happens. Always the same; takes some tens of milliseconds. */
export function generateRecords() {
  const random = new SeededRandom(SEED);
  const users = generateUsers(random);
  const drivers = generateDrivers(random, users);
  const stores = generateStores(random);
  const products = generateProducts(random, stores);
  const productsByStore = new Index(products, (product) => product.storeId);
  const ranges = new Map(stores.map((store) => [store.id, productsByStore.get(store.id)]));
  const orders = generateOrders(random, users, ranges);
  const trips = generateTrips(random, users, drivers, orders);
  const reviews = generateReviews(random, orders, trips);
  return { users, drivers, stores, products, orders, trips, reviews };
}

/** Generated once: records are never changed in place. */
let records: ReturnType<typeof generateRecords> | undefined;

/** A fresh data set, always the same. */
export function createDataset(): Dataset {
  records ??= generateRecords();
  const { users, drivers, stores, products, orders, trips, reviews } = records;
  const unitsOrdered = countUnits(orders);
  const units = (product: Product) => unitsOrdered.get(product.upc) ?? 0;
  const newestOrders = orders.toReversed();
  const newestTrips = trips.toReversed();
  const newestReviews = reviews.toReversed();
  const bestSellers = products.toSorted((a, b) => units(b) - units(a));
  const ofProduct = ({ subject }: Review) => ('upc' in subject ? subject.upc : null);
  const ofDriver = ({ subject }: Review) => ('driverId' in subject ? subject.driverId : null);
  return {
    users: byId(users),
    drivers: byId(drivers),
    stores: byId(stores),
    products: new Map(products.map((product) => [product.upc, product])),
    orders: byId(orders),
    trips: byId(trips),
    reviews: byId(reviews),
    productsByStore: new Index(products, (product) => product.storeId),
    productsByCategory: new Index(products, (product) => product.category),
    bestSellers,
    unitsOrdered,
    newestOrders,
    ordersByUser: new Index(newestOrders, (order) => order.userId),
    ordersByStore: new Index(newestOrders, (order) => order.storeId),
    newestTrips,
    tripsByUser: new Index(newestTrips, (trip) => trip.userId),
    tripsByDriver: new Index(newestTrips, (trip) => trip.driverId),
    tripByOrder: new Map(
      trips.flatMap((trip) => (trip.orderId === null ? [] : [[trip.orderId, trip] as const])),
    ),
    driversByZone: Array.from({ length: ZONE_COUNT }, (_, zone) =>
      drivers.filter((driver) => driver.zone === zone && driver.status === 'ONLINE'),
    ),
    newestReviews,
    reviewsByUser: new Index(newestReviews, (review) => review.userId),
    reviewsByProduct: new Index(newestReviews, ofProduct),
    reviewsByDriver: new Index(newestReviews, ofDriver),
    reviewByTrip: new Map(
      reviews.flatMap((review) =>
        'tripId' in review.subject ? [[review.subject.tripId, review] as const] : [],
      ),
    ),
  };
}
