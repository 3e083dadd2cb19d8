/** The REST service `users`. Its answers carry `internal_score` and `password_hash`, which a gateway must strip. */
import { createDataset } from '../data/dataset.ts';
import type { User } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { idsParam, integerParam } from '../http/query.ts';
import { restHandler } from '../http/rest.ts';
import type { ServiceParts } from '../http/server.ts';

const MAX_USERS = 200;

function toJson(user: User) {
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    email: user.email,
    city: user.city,
    tier: user.tier.toLowerCase(),
    roles: user.roles.map((role) => role.toLowerCase()),
    avatar_url: user.avatarUrl,
    member_since: user.memberSince,
    addresses: user.addresses,
    internal_score: user.internalScore,
    password_hash: user.passwordHash,
  };
}

export function createUsers(): ServiceParts {
  const users = createDataset().users.values().map(toJson).toArray();
  const byId = new Map(users.map((user) => [user.id, user]));
  return {
    handle: restHandler([
      {
        method: 'GET',
        path: '/users/:id',
        answer(request) {
          const user = byId.get(request.param('id'));
          if (!user) throw new Problem(404, `there is no user '${request.param('id')}'`);
          return { status: 200, body: user };
        },
      },
      {
        // With `ids`: those that exist, in that order. Without: a page by ascending id.
        method: 'GET',
        path: '/users',
        answer({ query }) {
          const ids = idsParam(query);
          if (ids) return { status: 200, body: { users: ids.flatMap((id) => byId.get(id) ?? []) } };
          const first = integerParam(query, 'first', 20, MAX_USERS);
          const after = integerParam(query, 'after', 0, MAX_USERS);
          return { status: 200, body: { users: users.slice(after, after + first) } };
        },
      },
    ]),
  };
}
