/** The history of a user's orders: filtered, and in pages. */
import type { Dataset } from '../data/dataset.ts';
import type { Order, OrderStatus } from '../data/types.ts';
import { badUserInput } from './arguments.ts';
import { type CursorArgs, type Page, pageOf } from './cursor.ts';

const MAX_ORDERS = 100;
const MAX_TEXT_LENGTH = 100;

export interface OrderHistoryArgs extends CursorArgs {
  readonly filter?: {
    readonly statuses?: readonly OrderStatus[] | null;
    readonly from?: string | null;
    readonly to?: string | null;
    readonly text?: string | null;
  } | null;
}

export function orderHistory(data: Dataset, userId: string, args: OrderHistoryArgs): Page<Order> {
  const { statuses, from, to, text } = args.filter ?? {};
  const earliest = instant(from, 'from', Number.NEGATIVE_INFINITY);
  const before = instant(to, 'to', Number.POSITIVE_INFINITY);
  const sought = soughtText(text);
  const fitting = data.ordersByUser.get(userId).filter((order) => {
    if (statuses && !statuses.includes(order.status)) return false;
    const placedAt = Date.parse(order.placedAt);
    if (placedAt < earliest || placedAt >= before) return false;
    return sought === '' || wordsOf(data, order).includes(sought);
  });
  return pageOf(fitting, ({ id }) => id, args, 10, MAX_ORDERS);
}

function instant(text: string | null | undefined, name: string, fallback: number): number {
  if (text === null || text === undefined) return fallback;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw badUserInput(`'${name}' must be an instant in ISO 8601`);
  return ms;
}

/** In lower case, empty where anything fits. */
export function soughtText(text: string | null | undefined): string {
  const sought = (text ?? '').trim().toLowerCase();
  if (sought.length > MAX_TEXT_LENGTH) throw badUserInput(`'text' has at most ${MAX_TEXT_LENGTH} characters`);
  return sought;
}

function wordsOf({ products, stores }: Dataset, { number, storeId, items }: Order): string {
  const names = items.map(({ upc }) => products.get(upc)?.name ?? '');
  return [number, stores.get(storeId)?.name ?? '', ...names].join('\n').toLowerCase();
}
