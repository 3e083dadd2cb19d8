import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { order } from './order.ts';

const money = { amount: 498, currency: 'EUR' };
const customer = { id: '7' };
const found = {
  customer,
  id: 'o42',
  number: 'FD-100042',
  status: 'ON_THE_WAY',
  placedAt: '2026-01-20T18:30:00.000Z',
  total: money,
  store: { name: 'Corner Store' },
  items: [{ quantity: 2, total: money, product: { upc: 'p31', name: 'Fresh Bagel' } }],
};
const delivery = {
  id: 't7',
  status: 'UNDER_WAY',
  progress: { percent: 40, etaSeconds: 300 },
  driver: { id: 'd6', name: 'Kofi', vehicle: { model: 'Pico', plate: 'FD 1' } },
};
const charge = {
  id: 'ch_42',
  user: '7',
  order: 'o42',
  amount: money,
  refunded: { amount: 0, currency: 'EUR' },
  status: 'succeeded',
  description: 'Order FD-100042',
  card: { brand: 'visa', last4: '9598' },
  created_at: '2026-01-20T18:30:00.000Z',
};
const answers = {
  'graph OrderSheet': () => ({ order: found }),
  'graph OrderDelivery': () => ({ order: { customer, delivery } }),
  'payments GET /charges': () => ({ charges: [charge] }),
};
type Answers = Readonly<Record<string, (input: unknown) => unknown>>;
const seenBy = (subject: string, given: Answers = {}) =>
  testScreen(order, { answers: { ...answers, ...given }, identity: { subject }, input: { id: 'o42' } });
const down = () => {
  throw new FrontdeskError('upstream_connect');
};

describe('an order on the phone', () => {
  it('is what was ordered, who brings it and what was paid', async () => {
    const { values, incomplete, calls } = await seenBy('7');
    assert.deepEqual(incomplete, []);
    assert.deepEqual(values, {
      order: {
        id: 'o42',
        number: 'FD-100042',
        status: 'ON_THE_WAY',
        placedAt: '2026-01-20T18:30:00.000Z',
        total: money,
        store: 'Corner Store',
        items: [{ upc: 'p31', name: 'Fresh Bagel', quantity: 2, total: money }],
      },
      delivery: {
        id: 't7',
        status: 'UNDER_WAY',
        percent: 40,
        etaSeconds: 300,
        driver: { id: 'd6', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1' },
      },
      charges: [
        {
          id: 'ch_42',
          amount: money,
          refunded: { amount: 0, currency: 'EUR' },
          status: 'succeeded',
          card: { brand: 'visa', last4: '9598' },
        },
      ],
    });
    assert.equal(calls.length, 3);
  });

  it("of somebody else's is not found, as one that there is not", async () => {
    await assert.rejects(seenBy('8'), { code: 'not_found' });
    await assert.rejects(seenBy('7', { 'graph OrderSheet': () => ({ order: null }) }), { code: 'not_found' });
  });

  it("none of its parts shows anything of somebody else's, asked for alone", async () => {
    const context = (subject: string) => ({
      identity: { subject },
      input: { id: 'o42' },
      graph: async () => ({ order: { customer, delivery } }),
      rest: { payments: { get: async () => ({ charges: [charge] }) } },
      grpc: {},
      use: async () => undefined,
    });
    const { delivery: brought, charges, order: sheet } = order.parts;
    for (const part of [brought, sheet]) {
      await assert.rejects(async () => part?.resolve(Object(context('8'))), { code: 'not_found' });
    }
    assert.deepEqual(await charges?.resolve(Object(context('8'))), []);
    assert.deepEqual(await charges?.resolve(Object(context('7'))), [charge]);
  });

  it('does without all but itself', async () => {
    const alone = await seenBy('7', { 'graph OrderDelivery': down, 'payments GET /charges': down });
    assert.deepEqual(alone.incomplete, ['delivery', 'charges']);
    assert.deepEqual([alone.values.delivery, alone.values.charges], [null, null]);
    await assert.rejects(seenBy('7', { 'graph OrderSheet': down }), { code: 'part_failed' });
  });

  it('has a status that is new to it as OTHER; what is no order at all is none', async () => {
    const renamed = await seenBy('7', {
      'graph OrderSheet': () => ({ order: { ...found, status: 'TELEPORTED' } }),
    });
    assert.deepEqual(Object(renamed.values.order).status, 'OTHER');
    const drifted = { 'graph OrderSheet': () => ({ order: { ...found, total: 498 } }) };
    await assert.rejects(seenBy('7', drifted), { code: 'part_failed' });
    const { values, incomplete } = await seenBy('7', {
      'graph OrderDelivery': () => ({ order: { customer, delivery: { ...delivery, progress: 'half' } } }),
    });
    assert.deepEqual([values.delivery, incomplete], [null, ['delivery']]);
  });
});
