/** Orders. The first thousand go round the users in turn, so that everybody has at least five. */
import { minutesAgo } from './people.ts';
import type { SeededRandom } from './random.ts';
import type { Order, OrderItem, OrderStatus, Product, User } from './types.ts';

const ORDER_COUNT = 2000;
const MINUTES_BETWEEN_ORDERS = 131;

/** An order's number as it is printed on the bag. */
export function orderNumber(n: number): string {
  return `FD-${String(100_000 + n)}`;
}

export function orderItem(product: Product, quantity: number): OrderItem {
  return {
    __typename: 'OrderItem',
    upc: product.upc,
    quantity,
    unitPrice: product.price,
    weightGrams: product.weightGrams,
  };
}

export function orderTotal(items: readonly OrderItem[]): Order['total'] {
  return {
    amount: items.reduce((sum, item) => sum + item.quantity * item.unitPrice.amount, 0),
    currency: 'EUR',
  };
}

function statusOf(random: SeededRandom, n: number): OrderStatus {
  if (n > ORDER_COUNT - 30) return random.pick(['PLACED', 'PREPARING', 'ON_THE_WAY']);
  return random.next() < 0.06 ? 'CANCELLED' : 'DELIVERED';
}

/** In order of time: a higher id was placed later. */
export function generateOrders(
  random: SeededRandom,
  users: readonly User[],
  productsByStore: ReadonlyMap<string, readonly Product[]>,
): Order[] {
  const storeIds = [...productsByStore.keys()];
  const orders: Order[] = [];
  for (let n = 1; n <= ORDER_COUNT; n++) {
    const user = n <= users.length * 5 ? users[(n - 1) % users.length] : random.pick(users);
    const storeId = random.pick(storeIds);
    const range = productsByStore.get(storeId) ?? [];
    const wanted = random.integer(1, 5);
    const chosen = new Set<Product>();
    while (chosen.size < wanted) chosen.add(random.pick(range));
    const items = [...chosen].map((product) => orderItem(product, random.integer(1, 3)));
    orders.push({
      __typename: 'Order',
      id: `o${n}`,
      number: orderNumber(n),
      status: statusOf(random, n),
      placedAt: minutesAgo((ORDER_COUNT - n) * MINUTES_BETWEEN_ORDERS + random.integer(1, 120)),
      userId: user?.id ?? '1',
      storeId,
      items,
      total: orderTotal(items),
    });
  }
  return orders;
}
