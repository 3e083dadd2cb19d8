/** The subgraph `orders`. What it knows of a product's price and weight, for the fee of its delivery, the gateway brings. */
import { orderItem, orderNumber, orderTotal } from '../data/orders.ts';
import { WORLD_NOW_MS } from '../data/people.ts';
import type { Money, Order, OrderItem, OrderStatus, Product, Store, User } from '../data/types.ts';
import { badUserInput, type PageArgs, page, requireUser } from './arguments.ts';
import { type GraphContext, keyOf, type SubgraphModule } from './module.ts';
import { type OrderHistoryArgs, orderHistory } from './order-history.ts';

const MAX_ORDERS = 100;
const MAX_ORDER_ITEMS = 50;
const PACKAGE_LIMIT_GRAMS = 5_000;
const FREE_DELIVERY_FROM = 5_000;

type OrdersArgs = PageArgs & { readonly status?: OrderStatus | null };

function pageOfOrders(orders: readonly Order[], args: OrdersArgs): readonly Order[] {
  const { status } = args;
  return page(status ? orders.filter((order) => order.status === status) : orders, args, 10, MAX_ORDERS);
}

/** Fills packages in the items' order, each up to the limit; an item never goes into two. */
function packagesOf({ items }: Order): OrderItem[][] {
  const packages: { grams: number; items: OrderItem[] }[] = [];
  for (const item of items) {
    const grams = item.quantity * item.weightGrams;
    const open = packages.find((one) => one.grams + grams <= PACKAGE_LIMIT_GRAMS);
    if (open) {
      open.grams += grams;
      open.items.push(item);
    } else {
      packages.push({ grams, items: [item] });
    }
  }
  return packages.sort((a, b) => b.grams - a.grams).map((one) => one.items);
}

/** Reads nothing but what `@requires` names: as a subgraph, that is all this service is given. */
function deliveryFee({ price, weightGrams }: Pick<Product, 'price' | 'weightGrams'>): Money {
  const amount = price.amount >= FREE_DELIVERY_FROM ? 0 : 150 + Math.ceil(weightGrams / 500) * 50;
  return { amount, currency: 'EUR' };
}

function spent({ id }: User, _: unknown, { data }: GraphContext): Money {
  let amount = 0;
  for (const order of data.ordersByUser.get(id))
    if (order.status !== 'CANCELLED') amount += order.total.amount;
  return { amount, currency: 'EUR' };
}

interface PlaceOrderArgs {
  readonly input: { readonly items: readonly { readonly upc: string; readonly quantity: number }[] };
}

function placeOrder(_: unknown, { input }: PlaceOrderArgs, context: GraphContext): Order {
  const user = requireUser(context);
  const { data } = context;
  if (input.items.length === 0 || input.items.length > MAX_ORDER_ITEMS) {
    throw badUserInput(`an order has from 1 to ${MAX_ORDER_ITEMS} items`);
  }
  const storeIds = new Set<string>();
  const items = input.items.map(({ upc, quantity }) => {
    const product = data.products.get(upc);
    if (!product) throw badUserInput(`there is no product '${upc}'`);
    if (quantity < 1 || quantity > 100) throw badUserInput("'quantity' must be from 1 to 100");
    storeIds.add(product.storeId);
    return orderItem(product, quantity);
  });
  const [storeId = ''] = storeIds;
  if (storeIds.size > 1) throw badUserInput('an order is of one store');
  const n = data.orders.size + 1;
  const order: Order = {
    __typename: 'Order',
    id: `o${n}`,
    number: orderNumber(n),
    status: 'PLACED',
    placedAt: new Date(WORLD_NOW_MS + n * 1000).toISOString(),
    userId: user.id,
    storeId,
    items,
    total: orderTotal(items),
  };
  data.orders.set(order.id, order);
  data.newestOrders.unshift(order);
  data.ordersByUser.addFirst(user.id, order);
  data.ordersByStore.addFirst(storeId, order);
  for (const { upc, quantity } of items)
    data.unitsOrdered.set(upc, (data.unitsOrdered.get(upc) ?? 0) + quantity);
  return order;
}

function cancelOrder(_: unknown, { id }: { id: string }, context: GraphContext): Order {
  const user = requireUser(context);
  const { data } = context;
  const before = data.orders.get(id);
  if (before?.userId !== user.id) throw badUserInput(`you have no order '${id}'`);
  if (before.status !== 'PLACED' && before.status !== 'PREPARING') {
    throw badUserInput('the order is past cancelling');
  }
  const after: Order = { ...before, status: 'CANCELLED' };
  data.orders.set(id, after);
  data.newestOrders[data.newestOrders.indexOf(before)] = after;
  data.ordersByUser.replace(user.id, before, after);
  data.ordersByStore.replace(before.storeId, before, after);
  for (const { upc, quantity } of before.items)
    data.unitsOrdered.set(upc, (data.unitsOrdered.get(upc) ?? 0) - quantity);
  return after;
}

export const orders: SubgraphModule = {
  name: 'orders',
  resolvers: {
    Query: {
      order: (_: unknown, { id }: { id: string }, { data }) => data.orders.get(id) ?? null,
      ordersOf: (_: unknown, { user, ...args }: OrdersArgs & { user: string }, { data }) =>
        pageOfOrders(data.ordersByUser.get(user), args),
      orderHistory: (_: unknown, { user, ...args }: OrderHistoryArgs & { user: string }, { data }) =>
        orderHistory(data, user, args),
      latestOrders: (_: unknown, args: OrdersArgs, { data }) => pageOfOrders(data.newestOrders, args),
    },
    Mutation: { placeOrder, cancelOrder },
    Order: {
      customer: ({ userId }: Order, _: unknown, { data }) => data.users.get(userId) ?? null,
      store: ({ storeId }: Order, _: unknown, { data }) => data.stores.get(storeId) ?? null,
      packages: packagesOf,
    },
    OrderItem: {
      product: ({ upc }: OrderItem, _: unknown, { data }) => data.products.get(upc) ?? null,
      total: (item: OrderItem) => orderTotal([item]),
    },
    User: {
      orders: ({ id }: User, args: OrdersArgs, { data }) => pageOfOrders(data.ordersByUser.get(id), args),
      orderHistory: ({ id }: User, args: OrderHistoryArgs, { data }) => orderHistory(data, id, args),
      orderCount: ({ id }: User, _: unknown, { data }) => data.ordersByUser.get(id).length,
      spent,
    },
    Store: {
      orders: ({ id }: Store, args: PageArgs, { data }) =>
        page(data.ordersByStore.get(id), args, 10, MAX_ORDERS),
    },
    Product: {
      deliveryFee,
      unitsOrdered: ({ upc }: Product, _: unknown, { data }) => data.unitsOrdered.get(upc) ?? 0,
    },
  },
  references: {
    Order: (reference, { data }) => data.orders.get(keyOf(reference, 'id')) ?? null,
    User: (reference, { data }) => data.users.get(keyOf(reference, 'id')) ?? null,
    Store: (reference, { data }) => data.stores.get(keyOf(reference, 'id')) ?? null,
    // The representation itself: the fee is made of what the gateway brings, or not at all.
    Product: (reference, { data }) => (data.products.has(keyOf(reference, 'upc')) ? reference : null),
  },
};
