/** The REST service `notifications`: about orders and trips, and whatever others post, once for an `Idempotency-Key`. */
import { integerParam, requiredParam } from '../http/query.ts';
import { restHandler } from '../http/rest.ts';
import type { ServiceParts, ServiceTools } from '../http/server.ts';
import type { World } from '../world.ts';
import { keyOf, keyToClose } from './idempotency.ts';

const MAX_NOTIFICATIONS = 100;

export function createNotifications(_url: string, _tools: ServiceTools, { inbox }: World): ServiceParts {
  return {
    controls: { 'GET /__books': () => ({ status: 200, body: inbox.books() }) },
    handle: restHandler([
      {
        method: 'GET',
        path: '/notifications',
        answer({ query }) {
          const user = requiredParam(query, 'user');
          const first = integerParam(query, 'first', 10, MAX_NOTIFICATIONS);
          const all = inbox.ofUser(user);
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
        async answer(request) {
          const body = await request.json();
          return inbox.keys.once(request, 'POST /notifications', body, () => ({
            status: 201,
            body: inbox.post(body, keyOf(request) ?? null),
          }));
        },
      },
      {
        method: 'POST',
        path: '/retractions',
        async answer(request) {
          const key = keyToClose(await request.json());
          return { status: 200, body: { key, notification: inbox.retract(key) ?? null } };
        },
      },
    ]),
  };
}
