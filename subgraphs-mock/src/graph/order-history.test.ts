import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDataset } from '../data/dataset.ts';
import { type OrderHistoryArgs, orderHistory } from './order-history.ts';

const data = createDataset();
const all = data.ordersByUser.get('42');

test('pages go through all of it, newest first', () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = orderHistory(data, '42', { first: 2, after });
    assert.equal(page.total, all.length);
    seen.push(...page.nodes.map(({ id }) => id));
    after = page.nextCursor;
  } while (after !== null);
  assert.deepEqual(
    seen,
    all.map(({ id }) => id),
  );
});

test('a filter takes what fits every member of it', () => {
  const ids = (filter: NonNullable<OrderHistoryArgs['filter']> | null) =>
    orderHistory(data, '42', { filter, first: 100 }).nodes.map(({ id }) => id);
  const [newest, second] = [all[0] ?? assert.fail(), all[1] ?? assert.fail()];
  assert.deepEqual(ids({ from: newest.placedAt }), [newest.id], 'that instant is in');
  assert.deepEqual(ids({ from: second.placedAt, to: newest.placedAt }), [second.id], 'this one is out');
  assert.deepEqual(ids({ text: ` ${newest.number.toLowerCase()}` }), [newest.id]);
  const product = data.products.get(newest.items[0]?.upc ?? '')?.name ?? assert.fail();
  assert.ok(ids({ text: product }).includes(newest.id));
  assert.ok(ids({ text: data.stores.get(newest.storeId)?.name ?? '' }).includes(newest.id));
  assert.deepEqual(ids({ text: product, statuses: [] }), []);
  const cancelled = all.filter(({ status }) => status === 'CANCELLED').map(({ id }) => id);
  assert.deepEqual(ids({ statuses: ['CANCELLED'] }), cancelled);
  assert.deepEqual(ids(null).length, all.length);
});

test('what makes no sense is refused', () => {
  assert.throws(
    () => orderHistory(data, '42', { filter: { from: 'yesterday' } }),
    /'from' must be an instant/,
  );
  assert.throws(() => orderHistory(data, '42', { filter: { text: 'x'.repeat(101) } }), /at most 100/);
  assert.throws(() => orderHistory(data, '42', { after: 'bm9uZQ' }), /no cursor of this list/);
  assert.throws(() => orderHistory(data, '42', { first: 101 }), /from 0 to 100/);
  assert.deepEqual(orderHistory(data, 'nobody', {}), { total: 0, nodes: [], nextCursor: null });
});
