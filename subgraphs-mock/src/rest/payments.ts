/**
 * The REST service `payments`: charges and refunds, and authorizations that are captured or voided. What takes money
 * honours `Idempotency-Key`; an authorization must have one. A declined card can be had at will: an amount of exactly
 * 402.00, and whatever user `13` pays.
 */
import { organizationsOf } from '../data/organizations.ts';
import type { Answer } from '../http/problem.ts';
import { Problem } from '../http/problem.ts';
import { idsParam, integerParam, requiredParam } from '../http/query.ts';
import { isRecord } from '../http/request-body.ts';
import { type RestRequest, type RestRoute, restHandler } from '../http/rest.ts';
import type { ServiceParts, ServiceTools } from '../http/server.ts';
import type { World } from '../world.ts';
import { type Charge, cardOf, euros, refuseDeclined, requireAmount } from './charge-book.ts';
import { keyToClose, requiredKey } from './idempotency.ts';
import type { PaymentLedger } from './payment-ledger.ts';

const MAX_PAYMENTS = 100;

function addCharge(ledger: PaymentLedger, body: unknown): Charge {
  const input = isRecord(body) ? body : {};
  const { amount, currency = 'EUR', order = null, description = 'Charge' } = input;
  const user = ledger.requireUser(input.user);
  if (currency !== 'EUR') throw new Problem(422, "'currency' must be EUR");
  if (order !== null && typeof order !== 'string') throw new Problem(422, "'order' must be an order's id");
  if (typeof description !== 'string') throw new Problem(422, "'description' must be a text");
  const cents = requireAmount(amount);
  refuseDeclined(user, cents);
  return ledger.charges.add({ user, order, amount: euros(cents), description, card: cardOf(user) });
}

/** A body may be left out: then the whole of what is left is meant. */
async function optionalJson(request: RestRequest): Promise<unknown> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  return hasBody ? request.json() : undefined;
}

const ok = (body: unknown): Answer => ({ status: 200, body });

function chargeRoutes(ledger: PaymentLedger): readonly RestRoute[] {
  const { charges, keys } = ledger;
  return [
    {
      method: 'GET',
      path: '/payments',
      answer({ query }) {
        const user = requiredParam(query, 'user');
        const first = integerParam(query, 'first', 10, MAX_PAYMENTS);
        return ok({ user, payments: charges.byUser.get(user).slice(0, first) });
      },
    },
    {
      // Those of an order, newest first; or those of `ids` that exist, in that order.
      method: 'GET',
      path: '/charges',
      answer({ query }) {
        const order = query.get('order');
        if (order !== null) return ok({ charges: charges.byOrder.get(order).slice(0, MAX_PAYMENTS) });
        const ids = idsParam(query) ?? [requiredParam(query, 'ids')];
        return ok({ charges: ids.flatMap((id) => charges.charges.get(id) ?? []) });
      },
    },
    {
      method: 'GET',
      path: '/charges/:id',
      answer: (request) => ok(charges.charge(request.param('id'))),
    },
    {
      method: 'POST',
      path: '/charges',
      async answer(request) {
        const body = await request.json();
        return keys.once(request, 'POST /charges', body, () => {
          const charge = addCharge(ledger, body);
          return { status: 201, body: charge, headers: { location: `/charges/${charge.id}` } };
        });
      },
    },
    {
      method: 'GET',
      path: '/charges/:id/refunds',
      answer(request) {
        const charge = charges.charge(request.param('id'));
        return ok({ charge: charge.id, refunds: charges.refundsOf(charge) });
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
          body: charges.refund(charges.charge(id), body),
        }));
      },
    },
  ];
}

function authorizationRoutes(ledger: PaymentLedger): readonly RestRoute[] {
  return [
    {
      method: 'GET',
      path: '/authorizations',
      answer({ query }) {
        const key = query.get('key');
        if (key !== null) return ok({ authorizations: [ledger.byKey(key) ?? []].flat() });
        const first = integerParam(query, 'first', 10, MAX_PAYMENTS);
        const all = ledger.ofUser(requiredParam(query, 'user'));
        return ok({ authorizations: all.slice(0, first) });
      },
    },
    {
      method: 'POST',
      path: '/authorizations',
      async answer(request) {
        const key = requiredKey(request);
        const body = await request.json();
        return ledger.authorizationKeys.once(request, 'POST /authorizations', body, () => {
          const made = ledger.authorize(key, body);
          return { status: 201, body: made, headers: { location: `/authorizations/${made.id}` } };
        });
      },
    },
    {
      method: 'GET',
      path: '/authorizations/:id',
      answer: (request) => ok(ledger.authorization(request.param('id'))),
    },
    {
      method: 'POST',
      path: '/authorizations/:id/capture',
      answer: async (request) => ok(ledger.capture(request.param('id'), await optionalJson(request))),
    },
    {
      method: 'POST',
      path: '/authorizations/:id/void',
      answer: (request) => ok(ledger.void(request.param('id'))),
    },
    {
      method: 'POST',
      path: '/voids',
      async answer(request) {
        const key = keyToClose(await request.json());
        return ok({ key, authorization: ledger.voidKey(key) ?? null });
      },
    },
  ];
}

/** A user's card, and the accounts of the organizations in whose name the user may order. */
function paymentMethods(world: World, userId: string) {
  const user = world.users.get(userId);
  if (!user) throw new Problem(404, `there is no user '${userId}'`);
  const { brand, last4 } = cardOf(user.id);
  const expires = `20${28 + (Number(user.id) % 4)}-${String(1 + (Number(user.id) % 12)).padStart(2, '0')}`;
  const card = {
    id: `pm_${user.id}_card`,
    type: 'card',
    label: `${brand === 'visa' ? 'Visa' : 'Mastercard'} •••• ${last4}`,
    card: { brand, last4, expires },
    account: null,
    is_default: true,
  };
  const accounts = organizationsOf(user.id)
    .filter(({ members }) => members.some((member) => member.user === user.id && member.mayOrder))
    .map(({ id, name }) => ({
      id: `pm_${user.id}_${id}`,
      type: 'account',
      label: name,
      card: null,
      account: id,
      is_default: false,
    }));
  return { user: user.id, methods: [card, ...accounts] };
}

export function createPayments(_url: string, _tools: ServiceTools, world: World): ServiceParts {
  const ledger = world.payments;
  return {
    controls: { 'GET /__books': () => ok(ledger.books()) },
    handle: restHandler([
      ...chargeRoutes(ledger),
      ...authorizationRoutes(ledger),
      {
        method: 'GET',
        path: '/payment-methods',
        answer: ({ query }) => ok(paymentMethods(world, requiredParam(query, 'user'))),
      },
      {
        method: 'GET',
        path: '/accounts/:id',
        answer: (request) => ok(ledger.account(request.param('id'))),
      },
    ]),
  };
}
