/** The REST service `notifications`: about orders and trips, and whatever others post. Newest first. */
import { createDataset, type Dataset, Index } from '../data/dataset.ts';
import { WORLD_NOW_MS } from '../data/people.ts';
import { Problem } from '../http/problem.ts';
import { integerParam, requiredParam } from '../http/query.ts';
import { isRecord } from '../http/request-body.ts';
import { restHandler } from '../http/rest.ts';
import type { ServiceParts } from '../http/server.ts';

const MAX_NOTIFICATIONS = 100;
const MAX_TEXT_LENGTH = 1_000;
const KINDS = ['order', 'trip', 'message'] as const;
type Kind = (typeof KINDS)[number];

interface Notification {
  readonly id: string;
  readonly user: string;
  readonly kind: Kind;
  readonly title: string;
  readonly body: string;
  readonly read: boolean;
  readonly created_at: string;
}

function isKind(value: unknown): value is Kind {
  return KINDS.some((kind) => kind === value);
}

function requireText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_LENGTH) {
    throw new Problem(422, `'${name}' must be a text of 1 to ${MAX_TEXT_LENGTH} characters`);
  }
  return value;
}

/** One for each order and trip; those of the last days are unread. */
function generate(data: Dataset): Notification[] {
  const unreadSince = new Date(WORLD_NOW_MS - 14 * 86_400_000).toISOString();
  const drafts = [
    ...data.orders.values().map((order) => ({
      user: order.userId,
      kind: 'order' as const,
      title: `Order ${order.number}`,
      body: `Your order is ${order.status.toLowerCase().replaceAll('_', ' ')}.`,
      created_at: order.placedAt,
    })),
    ...data.trips.values().map((trip) => ({
      user: trip.userId,
      kind: 'trip' as const,
      title: `Trip to ${trip.dropoff.label}`,
      body: `Your trip is ${trip.status.toLowerCase().replaceAll('_', ' ')}.`,
      created_at: trip.requestedAt,
    })),
  ];
  drafts.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return drafts.map((draft, i) => ({ id: `n${i + 1}`, ...draft, read: draft.created_at < unreadSince }));
}

export function createNotifications(): ServiceParts {
  const data = createDataset();
  const generated = generate(data);
  const byUser = new Index(generated.toReversed(), (notification) => notification.user);
  let count = generated.length;

  const add = (body: unknown): Notification => {
    const input = isRecord(body) ? body : {};
    const { user, kind = 'message' } = input;
    if (typeof user !== 'string' || !data.users.has(user))
      throw new Problem(422, "'user' must be a user's id");
    if (!isKind(kind)) throw new Problem(422, `'kind' must be one of ${KINDS.join(', ')}`);
    const title = requireText(input.title, 'title');
    const text = requireText(input.body, 'body');
    count++;
    const created_at = new Date(WORLD_NOW_MS + count * 1000).toISOString();
    const notification = { id: `n${count}`, user, kind, title, body: text, read: false, created_at };
    byUser.addFirst(user, notification);
    return notification;
  };

  return {
    handle: restHandler([
      {
        method: 'GET',
        path: '/notifications',
        answer({ query }) {
          const user = requiredParam(query, 'user');
          const first = integerParam(query, 'first', 10, MAX_NOTIFICATIONS);
          const all = byUser.get(user);
          const unread = all.filter((notification) => !notification.read);
          const chosen = query.get('unread') === 'true' ? unread : all;
          return {
            status: 200,
            body: { user, unread_count: unread.length, notifications: chosen.slice(0, first) },
          };
        },
      },
      {
        method: 'POST',
        path: '/notifications',
        answer: async (request) => ({ status: 201, body: add(await request.json()) }),
      },
    ]),
  };
}
