/**
 * The REST service `payments`: charges and refunds, both honouring `Idempotency-Key`. A charge of exactly 402.00
 * is always declined, so that a declined card can be had at will.
 */
import { createDataset, type Dataset, Index } from '../data/dataset.ts';
import { WORLD_NOW_MS } from '../data/people.ts';
import type { Money, Order } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { idsParam, integerParam, requiredParam } from '../http/query.ts';
import { isRecord } from '../http/request-body.ts';
import { type RestRequest, restHandler } from '../http/rest.ts';
import type { ServiceParts } from '../http/server.ts';
import { IdempotencyKeys } from './idempotency.ts';

const DECLINED_AMOUNT = 40_200;
const MAX_AMOUNT = 1_000_000;
const MAX_PAYMENTS = 100;

interface Charge {
  readonly id: string;
  readonly user: string;
  readonly order: string | null;
  readonly amount: Money;
  readonly refunded: Money;
  readonly status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded';
  readonly description: string;
  readonly card: { readonly brand: string; readonly last4: string };
  readonly created_at: string;
}

interface Refund {
  readonly id: string;
  readonly charge: string;
  readonly amount: Money;
  readonly created_at: string;
}

const euros = (amount: number): Money => ({ amount, currency: 'EUR' });

/** A user's card: always the same for the same user. */
function cardOf(userId: string): Charge['card'] {
  const n = Number(userId) || 0;
  return { brand: n % 2 === 0 ? 'visa' : 'mastercard', last4: String(1000 + ((n * 7919) % 9000)) };
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

class Ledger {
  readonly charges = new Map<string, Charge>();
  readonly byUser = new Index<Charge>();
  readonly #refunds = new Index<Refund>();
  readonly #data: Dataset;
  #written = 0;

  constructor(data: Dataset) {
    this.#data = data;
    for (const order of data.newestOrders) {
      const charge = chargeOf(order);
      this.charges.set(charge.id, charge);
      this.byUser.add(charge.user, charge);
    }
  }

  charge(id: string): Charge {
    const charge = this.charges.get(id);
    if (!charge) throw new Problem(404, `there is no charge '${id}'`);
    return charge;
  }

  refundsOf(charge: Charge): readonly Refund[] {
    return this.#refunds.get(charge.id);
  }

  addCharge(body: unknown): Charge {
    const input = isRecord(body) ? body : {};
    const { user, amount, currency = 'EUR', order = null, description = 'Charge' } = input;
    if (typeof user !== 'string' || !this.#data.users.has(user))
      throw new Problem(422, "'user' must be a user's id");
    if (currency !== 'EUR') throw new Problem(422, "'currency' must be EUR");
    if (order !== null && typeof order !== 'string') throw new Problem(422, "'order' must be an order's id");
    if (typeof description !== 'string') throw new Problem(422, "'description' must be a text");
    const cents = requireAmount(amount, MAX_AMOUNT);
    if (cents === DECLINED_AMOUNT) throw new Problem(402, 'the card was declined');
    const charge: Charge = {
      id: `ch_${this.charges.size + 1}`,
      user,
      order,
      amount: euros(cents),
      refunded: euros(0),
      status: 'succeeded',
      description,
      card: cardOf(user),
      created_at: this.#nextInstant(),
    };
    this.charges.set(charge.id, charge);
    this.byUser.addFirst(user, charge);
    return charge;
  }

  addRefund(before: Charge, body: unknown): Refund {
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
    const n = this.#refunds.get(before.id).length + 1;
    const refund: Refund = {
      id: `re_${before.id.slice('ch_'.length)}_${n}`,
      charge: before.id,
      amount: euros(asked),
      created_at: this.#nextInstant(),
    };
    this.#refunds.add(before.id, refund);
    return refund;
  }

  #nextInstant(): string {
    this.#written++;
    return new Date(WORLD_NOW_MS + this.#written * 1000).toISOString();
  }
}

function requireAmount(value: unknown, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw new Problem(422, `'amount' must be a whole number of cents from 1 to ${max}`);
  }
  return value;
}

/** A refund's body may be left out: then the whole of what is left is refunded. */
async function optionalJson(request: RestRequest): Promise<unknown> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  return hasBody ? request.json() : undefined;
}

export function createPayments(): ServiceParts {
  const ledger = new Ledger(createDataset());
  const keys = new IdempotencyKeys();
  return {
    handle: restHandler([
      {
        method: 'GET',
        path: '/payments',
        answer({ query }) {
          const user = requiredParam(query, 'user');
          const first = integerParam(query, 'first', 10, MAX_PAYMENTS);
          return { status: 200, body: { user, payments: ledger.byUser.get(user).slice(0, first) } };
        },
      },
      {
        method: 'GET',
        path: '/charges',
        answer({ query }) {
          const ids = idsParam(query) ?? [requiredParam(query, 'ids')];
          return { status: 200, body: { charges: ids.flatMap((id) => ledger.charges.get(id) ?? []) } };
        },
      },
      {
        method: 'GET',
        path: '/charges/:id',
        answer: (request) => ({ status: 200, body: ledger.charge(request.param('id')) }),
      },
      {
        method: 'POST',
        path: '/charges',
        async answer(request) {
          const body = await request.json();
          return keys.once(request, 'POST /charges', body, () => {
            const charge = ledger.addCharge(body);
            return { status: 201, body: charge, headers: { location: `/charges/${charge.id}` } };
          });
        },
      },
      {
        method: 'GET',
        path: '/charges/:id/refunds',
        answer(request) {
          const charge = ledger.charge(request.param('id'));
          return { status: 200, body: { charge: charge.id, refunds: ledger.refundsOf(charge) } };
        },
      },
      {
        method: 'POST',
        path: '/charges/:id/refunds',
        async answer(request) {
          const body = await optionalJson(request);
          const id = request.param('id');
          return keys.once(request, `POST /charges/${id}/refunds`, body, () => ({
            status: 201,
            body: ledger.addRefund(ledger.charge(id), body),
          }));
        },
      },
    ]),
  };
}
