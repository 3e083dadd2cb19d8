/** The charges and refunds of `payments`: those of the generated orders, and what is written at run time. */
import { type Dataset, Index } from '../data/dataset.ts';
import { WORLD_NOW_MS } from '../data/people.ts';
import type { Money, Order } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { isRecord } from '../http/request-body.ts';

const DECLINED_AMOUNT = 40_200;
const DECLINED_USER = '13';
const MAX_AMOUNT = 1_000_000;
const MAX_CHARGES = 50_000;

export interface Card {
  readonly brand: 'visa' | 'mastercard';
  readonly last4: string;
}

export interface Charge {
  readonly id: string;
  readonly user: string;
  readonly order: string | null;
  readonly amount: Money;
  readonly refunded: Money;
  readonly status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded';
  readonly description: string;
  readonly card: Card | null;
  readonly created_at: string;
}

export interface Refund {
  readonly id: string;
  readonly charge: string;
  readonly amount: Money;
  readonly created_at: string;
}

export const euros = (amount: number): Money => ({ amount, currency: 'EUR' });

/** A user's card: always the same for the same user. */
export function cardOf(userId: string): Card {
  const n = Number(userId) || 0;
  return { brand: n % 2 === 0 ? 'visa' : 'mastercard', last4: String(1000 + ((n * 7919) % 9000)) };
}

/** Refuses what no card is charged with: an amount of exactly 402.00, and whatever user `13` pays. */
export function refuseDeclined(user: string, cents: number): void {
  if (cents === DECLINED_AMOUNT || user === DECLINED_USER) throw new Problem(402, 'the card was declined');
}

export function requireAmount(value: unknown, max = MAX_AMOUNT): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw new Problem(422, `'amount' must be a whole number of cents from 1 to ${max}`);
  }
  return value;
}

function chargeOf(order: Order): Charge {
  const cancelled = order.status === 'CANCELLED';
  return {
    id: `ch_${order.id.slice(1)}`,
    user: order.userId,
    order: order.id,
    amount: order.total,
    refunded: euros(cancelled ? order.total.amount : 0),
    status: cancelled ? 'refunded' : order.status === 'PLACED' ? 'pending' : 'succeeded',
    description: `Order ${order.number}`,
    card: cardOf(order.userId),
    created_at: order.placedAt,
  };
}

export class ChargeBook {
  readonly charges = new Map<string, Charge>();
  readonly byUser = new Index<Charge>();
  readonly byOrder = new Index<Charge>();
  readonly #refunds = new Index<Refund>();
  readonly #generated: number;
  #written = 0;

  constructor(data: Dataset) {
    for (const order of data.newestOrders) this.#keep(chargeOf(order));
    this.#generated = this.charges.size;
  }

  /** Those made at run time, oldest first. */
  get made(): readonly Charge[] {
    return this.charges.values().drop(this.#generated).toArray();
  }

  charge(id: string): Charge {
    const charge = this.charges.get(id);
    if (!charge) throw new Problem(404, `there is no charge '${id}'`);
    return charge;
  }

  refundsOf(charge: Charge): readonly Refund[] {
    return this.#refunds.get(charge.id);
  }

  add(made: Pick<Charge, 'user' | 'order' | 'amount' | 'description' | 'card'>): Charge {
    if (this.charges.size >= MAX_CHARGES) throw new Problem(503, 'the books are full');
    const charge: Charge = {
      id: `ch_${this.charges.size + 1}`,
      ...made,
      refunded: euros(0),
      status: 'succeeded',
      created_at: this.nextInstant(),
    };
    this.charges.set(charge.id, charge);
    this.byUser.addFirst(charge.user, charge);
    if (charge.order !== null) this.byOrder.addFirst(charge.order, charge);
    return charge;
  }

  refund(before: Charge, body: unknown): Refund {
    const left = before.amount.amount - before.refunded.amount;
    if (left === 0) throw new Problem(409, 'the charge is refunded in full');
    const asked = isRecord(body) && body.amount !== undefined ? requireAmount(body.amount, left) : left;
    const refunded = before.refunded.amount + asked;
    const after: Charge = {
      ...before,
      refunded: euros(refunded),
      status: refunded === before.amount.amount ? 'refunded' : 'partially_refunded',
    };
    this.charges.set(before.id, after);
    this.byUser.replace(before.user, before, after);
    if (before.order !== null) this.byOrder.replace(before.order, before, after);
    const n = this.#refunds.get(before.id).length + 1;
    const refund: Refund = {
      id: `re_${before.id.slice('ch_'.length)}_${n}`,
      charge: before.id,
      amount: euros(asked),
      created_at: this.nextInstant(),
    };
    this.#refunds.add(before.id, refund);
    return refund;
  }

  /** The world's clock stands still: what is written is a second behind what was written before. */
  nextInstant(): string {
    this.#written++;
    return new Date(WORLD_NOW_MS + this.#written * 1000).toISOString();
  }

  #keep(charge: Charge): void {
    this.charges.set(charge.id, charge);
    this.byUser.add(charge.user, charge);
    if (charge.order !== null) this.byOrder.add(charge.order, charge);
  }
}
