/**
 * Money that is held but not yet charged: authorizations, each made once for its idempotency key, then captured or
 * voided. An organization's account holds no more than its budget. Nothing is ever taken out of the books.
 */
import type { Dataset } from '../data/dataset.ts';
import { Index } from '../data/dataset.ts';
import type { Money, Organization, User } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { isRecord } from '../http/request-body.ts';
import { type Card, ChargeBook, cardOf, euros, refuseDeclined, requireAmount } from './charge-book.ts';
import { IdempotencyKeys } from './idempotency.ts';

const MAX_AUTHORIZATIONS = 50_000;
const MAX_TEXT_LENGTH = 255;

export interface Authorization {
  readonly id: string;
  readonly key: string;
  readonly user: string;
  readonly account: string | null;
  readonly cost_center: string | null;
  readonly reference: string | null;
  readonly amount: Money;
  readonly captured: Money;
  readonly status: 'authorized' | 'captured' | 'voided';
  readonly charge: string | null;
  readonly description: string;
  readonly card: Card | null;
  readonly created_at: string;
}

export class PaymentLedger {
  readonly charges: ChargeBook;
  /** Of charges and refunds; authorizations have keys of their own. */
  readonly keys = new IdempotencyKeys();
  readonly authorizationKeys = new IdempotencyKeys(MAX_AUTHORIZATIONS);
  readonly #users: ReadonlyMap<string, User>;
  readonly #organizations: ReadonlyMap<string, Organization>;
  readonly #all = new Map<string, Authorization>();
  readonly #byKey = new Map<string, string>();
  readonly #byUser = new Index<string>();
  readonly #used = new Map<string, { held: number; spent: number }>();

  constructor(
    data: Dataset,
    users: ReadonlyMap<string, User>,
    organizations: ReadonlyMap<string, Organization>,
  ) {
    this.charges = new ChargeBook(data);
    this.#users = users;
    this.#organizations = organizations;
  }

  authorization(id: string): Authorization {
    const found = this.#all.get(id);
    if (!found) throw new Problem(404, `there is no authorization '${id}'`);
    return found;
  }

  byKey(key: string): Authorization | undefined {
    return this.#all.get(this.#byKey.get(key) ?? '');
  }

  /** Newest first. */
  ofUser(user: string): readonly Authorization[] {
    return this.#byUser.get(user).flatMap((id) => this.#all.get(id) ?? []);
  }

  requireUser(user: unknown): string {
    if (typeof user === 'string' && this.#users.has(user)) return user;
    throw new Problem(422, "'user' must be a user's id");
  }

  authorize(key: string, body: unknown): Authorization {
    const input = isRecord(body) ? body : {};
    const user = this.requireUser(input.user);
    if (input.currency !== undefined && input.currency !== 'EUR')
      throw new Problem(422, "'currency' must be EUR");
    const amount = requireAmount(input.amount);
    const account = optionalText(input.account, 'account');
    const cost_center = optionalText(input.cost_center, 'cost_center');
    const reference = optionalText(input.reference, 'reference');
    const description = optionalText(input.description, 'description') ?? 'Authorization';
    if (account !== null) this.#refuseUnpayable(account, cost_center, amount);
    else if (cost_center !== null) throw new Problem(422, "'cost_center' is of an 'account'");
    else refuseDeclined(user, amount);
    if (this.#all.size >= MAX_AUTHORIZATIONS) throw new Problem(503, 'the books are full');
    const authorization: Authorization = {
      id: `pa_${this.#all.size + 1}`,
      key,
      user,
      account,
      cost_center,
      reference,
      amount: euros(amount),
      captured: euros(0),
      status: 'authorized',
      charge: null,
      description,
      card: account === null ? cardOf(user) : null,
      created_at: this.charges.nextInstant(),
    };
    this.#all.set(authorization.id, authorization);
    this.#byKey.set(key, authorization.id);
    this.#byUser.addFirst(user, authorization.id);
    this.#use(account, amount, 0);
    return authorization;
  }

  /** Charges what is held, or a part of it; again, it changes nothing. */
  capture(id: string, body: unknown): Authorization {
    const before = this.authorization(id);
    const held = before.amount.amount;
    const asked = isRecord(body) && body.amount !== undefined ? requireAmount(body.amount, held) : undefined;
    if (before.status === 'voided') throw new Problem(409, 'the authorization was voided');
    if (before.status === 'captured') {
      if (asked === undefined || asked === before.captured.amount) return before;
      throw new Problem(409, `${before.captured.amount} were captured already`);
    }
    const amount = asked ?? held;
    const { user, card, description } = before;
    const charge = this.charges.add({ user, order: null, amount: euros(amount), description, card });
    this.#use(before.account, -held, amount);
    return this.#put({ ...before, status: 'captured', captured: euros(amount), charge: charge.id });
  }

  /** Captures what a completed ride was to cost, if it is still held: a ride may be paid by other means. */
  settle(id: string): void {
    if (this.#all.get(id)?.status === 'authorized') this.capture(id, undefined);
  }

  /** Lets go what is held; again, it changes nothing. */
  void(id: string): Authorization {
    const before = this.authorization(id);
    if (before.status === 'captured')
      throw new Problem(409, 'the authorization was captured: refund its charge');
    this.authorizationKeys.close(before.key);
    if (before.status === 'voided') return before;
    this.#use(before.account, -before.amount.amount, 0);
    return this.#put({ ...before, status: 'voided' });
  }

  /** Lets go what was authorized under a key, if anything, and refuses what may still come under it. */
  voidKey(key: string): Authorization | undefined {
    const found = this.byKey(key);
    if (found) return this.void(found.id);
    this.authorizationKeys.close(key);
    return undefined;
  }

  /** How an organization's account stands. */
  account(id: string) {
    const organization = this.#organizations.get(id);
    if (!organization) throw new Problem(404, `there is no account '${id}'`);
    const { name, status, budget } = organization;
    const { held = 0, spent = 0 } = this.#used.get(id) ?? {};
    return {
      id,
      name,
      status,
      budget,
      held: euros(held),
      spent: euros(spent),
      available: euros(budget.amount - held - spent),
    };
  }

  books() {
    const authorizations = this.#all.values().toArray();
    const sum = (status: Authorization['status'], member: 'amount' | 'captured') =>
      authorizations.reduce((total, one) => total + (one.status === status ? one[member].amount : 0), 0);
    return {
      authorizations,
      totals: {
        authorized: sum('authorized', 'amount'),
        captured: sum('captured', 'captured'),
        voided: sum('voided', 'amount'),
      },
      charges: this.charges.made,
      closed_keys: this.authorizationKeys.closed,
    };
  }

  #refuseUnpayable(account: string, costCenter: string | null, amount: number): void {
    const organization = this.#organizations.get(account);
    if (!organization) throw new Problem(422, "'account' must be an organization's id");
    if (costCenter !== null && !organization.costCenters.some(({ id }) => id === costCenter)) {
      throw new Problem(422, `'${account}' has no cost center '${costCenter}'`);
    }
    if (organization.status !== 'active') throw new Problem(402, `the account of '${account}' is suspended`);
    if (amount > this.account(account).available.amount) {
      throw new Problem(402, `the budget of '${account}' is used up`);
    }
  }

  #use(account: string | null, held: number, spent: number): void {
    if (account === null) return;
    const before = this.#used.get(account) ?? { held: 0, spent: 0 };
    this.#used.set(account, { held: before.held + held, spent: before.spent + spent });
  }

  #put(authorization: Authorization): Authorization {
    this.#all.set(authorization.id, authorization);
    return authorization;
  }
}

function optionalText(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH) return value;
  throw new Problem(422, `'${name}' must be a text of 1 to ${MAX_TEXT_LENGTH} characters`);
}
