/** The caller's orders, filtered, page by page. Filters are what the address says, so that a page can be linked to. */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { OrderPage } from '../generated/operations.ts';
import { Cursors, cursor, pageSize, soughtText } from './paging.ts';

const input = z.object({
  status: z
    .array(z.enum(['PLACED', 'PREPARING', 'ON_THE_WAY', 'DELIVERED', 'CANCELLED']))
    .max(5)
    .nullable()
    .default(null)
    .describe('Any of these; said several times for several'),
  from: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })])
    .nullable()
    .default(null)
    .describe('Placed on this day or at this instant, or later'),
  to: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })])
    .nullable()
    .default(null)
    .describe('Placed before this day or instant'),
  text: soughtText.describe('In the number, or in the name of the store or of a product'),
  first: pageSize,
  after: cursor,
});
const { part, screen } = backends.takes(input);

export const orders = screen({
  path: '/orders',
  field: 'orders',
  scopes: ['orders:read'],
  deadline: '2s',
  parts: {
    page: part(
      async ({ graph, identity, input: { status, from, to, text, first, after } }) => {
        const filter = { statuses: status, from, to, text };
        const cursors = new Cursors(filter);
        const { orderHistory } = await graph(OrderPage, {
          user: identity.subject,
          filter,
          first,
          after: cursors.read(after),
        });
        const { total, nodes, nextCursor } = orderHistory;
        return { total, orders: nodes, nextCursor: cursors.write(nextCursor) };
      },
      { required: true },
    ),
  },
  examples: {
    delivered: {
      summary: 'What came in January',
      input: { status: ['DELIVERED'], from: '2026-01-01', to: '2026-02-01', first: 1 },
      answer: {
        page: {
          total: 2,
          orders: [
            {
              id: 'o42',
              number: 'FD-000042',
              status: 'DELIVERED',
              placedAt: '2026-01-20T18:30:00.000Z',
              total: { amount: 1240, currency: 'EUR' },
              store: { id: 's1', name: 'Corner Store' },
              items: [],
              delivery: null,
            },
          ],
          nextCursor: 'kq3Zr1d8bzQy',
        },
      },
    },
  },
});
