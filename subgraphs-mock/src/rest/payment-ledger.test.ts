import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDataset } from '../data/dataset.ts';
import { ORGANIZATIONS } from '../data/organizations.ts';
import { Problem } from '../http/problem.ts';
import { PaymentLedger } from './payment-ledger.ts';

const data = createDataset();
const make = () => new PaymentLedger(data, data.users, ORGANIZATIONS);
const refused = (status: number) => (error: unknown) => error instanceof Problem && error.status === status;

test("an organization's account holds and spends no more than its budget", () => {
  const ledger = make();
  const body = { user: '21', amount: 2_000, account: 'globex', cost_center: 'sales' };
  const first = ledger.authorize('a', body);
  assert.equal(first.card, null, 'no card is charged');
  assert.throws(() => ledger.authorize('b', body), refused(402));
  ledger.void(first.id);
  const second = ledger.authorize('b', body);
  ledger.capture(second.id, { amount: 1_500 });
  const { held, spent, available } = ledger.account('globex');
  assert.deepEqual([held.amount, spent.amount, available.amount], [0, 1_500, 1_500]);
  assert.throws(() => ledger.authorize('c', { ...body, cost_center: 'none' }), refused(422));
  assert.throws(() => ledger.authorize('c', { ...body, account: 'none' }), refused(422));
});

test('a capture is a charge among the others', () => {
  const ledger = make();
  const { id } = ledger.authorize('a', { user: '42', amount: 700 });
  const { charge } = ledger.capture(id, undefined);
  assert.equal(ledger.charges.byUser.get('42')[0]?.id, charge);
  assert.deepEqual(
    ledger.books().charges.map((made) => made.id),
    [charge],
  );
});

test('what settles a completed ride touches only what is still held', () => {
  const ledger = make();
  const held = ledger.authorize('a', { user: '42', amount: 700 });
  const gone = ledger.authorize('b', { user: '42', amount: 700 });
  ledger.void(gone.id);
  for (const id of [held.id, gone.id, 'none']) ledger.settle(id);
  assert.equal(ledger.authorization(held.id).status, 'captured');
  assert.equal(ledger.authorization(gone.id).status, 'voided');
});

test('whatever happens in whatever order, the books add up', () => {
  const step = fc.record({
    act: fc.constantFrom('authorize', 'capture', 'void', 'voidKey'),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    amount: fc.integer({ min: 1, max: 2_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ledger = make();
      for (const { act, key, amount } of steps) {
        const id = ledger.byKey(key)?.id ?? 'none';
        try {
          if (act === 'authorize' && !ledger.byKey(key))
            ledger.authorize(key, { user: '21', amount, account: 'globex' });
          else if (act === 'capture') ledger.capture(id, undefined);
          else if (act === 'void') ledger.void(id);
          else if (act === 'voidKey') ledger.voidKey(key);
        } catch (error) {
          assert.ok(error instanceof Problem);
        }
        const { held, spent, available } = ledger.account('globex');
        const { totals, authorizations, charges } = ledger.books();
        assert.deepEqual([held.amount, spent.amount], [totals.authorized, totals.captured]);
        assert.ok(available.amount >= 0);
        assert.equal(
          totals.captured,
          charges.reduce((sum, charge) => sum + charge.amount.amount, 0),
        );
        assert.equal(new Set(authorizations.map((one) => one.key)).size, authorizations.length);
      }
    }),
    { numRuns: 50 },
  );
});
