/** What users were told: about the generated orders and trips, and what is posted at run time. Newest first. */
import { type Dataset, Index } from '../data/dataset.ts';
import { WORLD_NOW_MS } from '../data/people.ts';
import { Problem } from '../http/problem.ts';
import { isRecord } from '../http/request-body.ts';
import { IdempotencyKeys } from './idempotency.ts';

const MAX_TEXT_LENGTH = 1_000;
const MAX_POSTED = 50_000;
const KINDS = ['order', 'trip', 'message'] as const;
type Kind = (typeof KINDS)[number];

export interface Notification {
  readonly id: string;
  readonly user: string;
  readonly kind: Kind;
  readonly title: string;
  readonly body: string;
  readonly read: boolean;
  readonly created_at: string;
}

interface Posted {
  readonly key: string | null;
  readonly notification: Notification;
}

export class Inbox {
  readonly keys = new IdempotencyKeys(MAX_POSTED);
  readonly #data: Dataset;
  readonly #byUser: Index<Notification>;
  readonly #posted = new Map<string, Posted>();
  readonly #byKey = new Map<string, string>();
  #count: number;
  #retracted = 0;

  constructor(data: Dataset) {
    this.#data = data;
    const generated = generate(data);
    this.#byUser = new Index(generated.toReversed(), (notification) => notification.user);
    this.#count = generated.length;
  }

  ofUser(user: string): readonly Notification[] {
    return this.#byUser.get(user);
  }

  post(body: unknown, key: string | null): Notification {
    const input = isRecord(body) ? body : {};
    const { user, kind = 'message' } = input;
    if (typeof user !== 'string' || !this.#data.users.has(user))
      throw new Problem(422, "'user' must be a user's id");
    if (!isKind(kind)) throw new Problem(422, `'kind' must be one of ${KINDS.join(', ')}`);
    const title = requireText(input.title, 'title');
    const text = requireText(input.body, 'body');
    if (this.#posted.size >= MAX_POSTED) throw new Problem(503, 'the books are full');
    this.#count++;
    const id = `n${this.#count}`;
    const created_at = new Date(WORLD_NOW_MS + this.#count * 1000).toISOString();
    const notification = { id, user, kind, title, body: text, read: false, created_at };
    this.#byUser.addFirst(user, notification);
    this.#posted.set(id, { key, notification });
    if (key !== null) this.#byKey.set(key, id);
    return notification;
  }

  /** Takes back what was posted under a key, if anything, and refuses what may still come under it. */
  retract(key: string): Notification | undefined {
    this.keys.close(key);
    const id = this.#byKey.get(key) ?? '';
    const posted = this.#posted.get(id);
    if (!posted) return undefined;
    this.#posted.delete(id);
    this.#byKey.delete(key);
    this.#byUser.remove(posted.notification.user, posted.notification);
    this.#retracted++;
    return posted.notification;
  }

  books() {
    return {
      notifications: this.#posted
        .values()
        .map(({ key, notification }) => ({ ...notification, key }))
        .toArray(),
      retracted: this.#retracted,
      closed_keys: this.keys.closed,
    };
  }
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
