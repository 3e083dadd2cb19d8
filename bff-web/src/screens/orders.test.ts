import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { orders } from './orders.ts';

const row = { id: 'o42', number: 'FD-100042', status: 'DELIVERED' };
const answers = {
  'graph OrderPage': () => ({ orderHistory: { total: 3, nextCursor: 'bzQy', nodes: [row] } }),
};
const identity = { subject: '7' };
const ask = (input: Readonly<Record<string, unknown>>) => testScreen(orders, { answers, identity, input });

describe('the order history', () => {
  it("asks for the caller's own orders that fit", async () => {
    const { calls } = await ask({
      status: ['DELIVERED'],
      from: '2026-01-01',
      to: '2026-01-20T18:30:00Z',
      text: '  Bagel ',
      first: 1,
    });
    assert.deepEqual(calls, [
      {
        part: 'page',
        to: 'graph OrderPage',
        input: {
          user: '7',
          filter: { statuses: ['DELIVERED'], from: '2026-01-01', to: '2026-01-20T18:30:00Z', text: 'bagel' },
          first: 1,
          after: null,
        },
      },
    ]);
  });

  it('goes on behind its own cursor, with the same filters alone', async () => {
    const { values } = await ask({ text: 'bagel' });
    const { total, orders: rows, nextCursor } = Object(values.page);
    assert.deepEqual([total, rows], [3, [row]]);
    const next = await ask({ text: 'bagel', after: nextCursor });
    assert.equal(Object(next.calls[0]?.input).after, 'bzQy');
    await assert.rejects(ask({ text: 'croissant', after: nextCursor }), { code: 'invalid_request' });
  });

  it('refuses what is no filter', async () => {
    for (const wrong of [{ status: ['LOST'] }, { from: 'yesterday' }, { first: 101 }, { first: 0 }]) {
      await assert.rejects(ask(wrong), { code: 'invalid_request' });
    }
  });
});
