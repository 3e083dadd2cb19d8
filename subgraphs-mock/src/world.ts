/**
 * What the company's services know of each other at run time: users' changes, drivers' holds, trips, money, messages. It
 * is to the services what databases are to real ones: a service that is started again with the same world has lost
 * nothing. When a trip completes, its driver is free again and its payment is captured; a cancelled one is the business
 * of whoever cancels it.
 */
import { createDataset, type Dataset } from './data/dataset.ts';
import { ORGANIZATIONS } from './data/organizations.ts';
import { PreferenceBook } from './data/preferences.ts';
import { TripBoard } from './data/trip-board.ts';
import type { Organization, Trip, User } from './data/types.ts';
import { DriverBoard } from './grpc/drivers.ts';
import { IdempotencyKeys } from './rest/idempotency.ts';
import { Inbox } from './rest/inbox.ts';
import { PaymentLedger } from './rest/payment-ledger.ts';

const MAX_TRIP_KEYS = 20_000;

export class World {
  readonly #data: Dataset = createDataset();
  readonly users: Map<string, User> = this.#data.users;
  readonly organizations: ReadonlyMap<string, Organization> = ORGANIZATIONS;
  readonly preferences = new PreferenceBook();
  readonly trips = new TripBoard();
  readonly tripKeys = new IdempotencyKeys(MAX_TRIP_KEYS);
  readonly drivers = new DriverBoard(this.#data.drivers, (driverId) => this.trips.isDriving(driverId));
  #payments: PaymentLedger | undefined;
  #inbox: Inbox | undefined;

  constructor() {
    this.trips.onChange((after) => this.#settle(after));
  }

  get payments(): PaymentLedger {
    this.#payments ??= new PaymentLedger(this.#data, this.users, this.organizations);
    return this.#payments;
  }

  get inbox(): Inbox {
    this.#inbox ??= new Inbox(this.#data);
    return this.#inbox;
  }

  #settle({ status, ride }: Trip): void {
    if (status !== 'COMPLETED' || !ride) return;
    if (ride.reservation !== null) this.drivers.release(ride.reservation);
    if (ride.payment !== null && this.#payments) this.#payments.settle(ride.payment);
  }
}
