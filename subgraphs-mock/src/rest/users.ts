/**
 * The REST service `users`, and the organizations they belong to. Its answers about users carry `internal_score` and
 * `password_hash`, which a gateway must strip.
 */
import { organizationsOf } from '../data/organizations.ts';
import type { Organization, User } from '../data/types.ts';
import { type Answer, Problem } from '../http/problem.ts';
import { idsParam, integerParam, requiredParam } from '../http/query.ts';
import { type RestRequest, type RestRoute, restHandler } from '../http/rest.ts';
import type { ServiceParts, ServiceTools } from '../http/server.ts';
import type { World } from '../world.ts';
import { memberJson, organizationJson } from './organization-json.ts';
import { preferenceChanges, preferencesJson } from './preferences-json.ts';

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

const ok = (body: unknown): Answer => ({ status: 200, body });

function organizationRoutes({ organizations }: World): readonly RestRoute[] {
  const known = (request: RestRequest): Organization => {
    const organization = organizations.get(request.param('id'));
    if (!organization) throw new Problem(404, `there is no organization '${request.param('id')}'`);
    return organization;
  };
  return [
    {
      method: 'GET',
      path: '/organizations',
      answer: ({ query }) =>
        ok({ organizations: organizationsOf(requiredParam(query, 'user')).map(organizationJson) }),
    },
    { method: 'GET', path: '/organizations/:id', answer: (request) => ok(organizationJson(known(request))) },
    {
      method: 'GET',
      path: '/organizations/:id/members/:user',
      answer(request) {
        const { name, members } = known(request);
        const user = request.param('user');
        const member = members.find((one) => one.user === user);
        if (!member) throw new Problem(404, `${name} has no member '${user}'`);
        return ok(memberJson(member));
      },
    },
  ];
}

export function createUsers(_url: string, _tools: ServiceTools, world: World): ServiceParts {
  const { users, preferences } = world;
  const known = (request: RestRequest): User => {
    const user = users.get(request.param('id'));
    if (!user) throw new Problem(404, `there is no user '${request.param('id')}'`);
    return user;
  };
  return {
    handle: restHandler([
      { method: 'GET', path: '/users/:id', answer: (request) => ok(toJson(known(request))) },
      {
        // With `ids`: those that exist, in that order. Without: a page by ascending id.
        method: 'GET',
        path: '/users',
        answer({ query }) {
          const ids = idsParam(query);
          if (ids) return ok({ users: ids.flatMap((id) => users.get(id) ?? []).map(toJson) });
          const first = integerParam(query, 'first', 20, MAX_USERS);
          const after = integerParam(query, 'after', 0, MAX_USERS);
          return ok({ users: users.values().drop(after).take(first).map(toJson).toArray() });
        },
      },
      {
        method: 'GET',
        path: '/users/:id/preferences',
        answer: (request) => ok(preferencesJson(preferences.of(known(request)))),
      },
      {
        method: 'PATCH',
        path: '/users/:id/preferences',
        async answer(request) {
          const user = known(request);
          const changes = preferenceChanges(await request.json());
          return ok(preferencesJson(preferences.update(user, changes)));
        },
      },
      ...organizationRoutes(world),
    ]),
  };
}
