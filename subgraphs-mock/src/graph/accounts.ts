/** The subgraph `accounts`: users, and drivers, who are users in another role. */
import type { Driver, DriverStatus, Preferences, Role, User } from '../data/types.ts';
import { badUserInput, type PageArgs, page, requireUser } from './arguments.ts';
import { type GraphContext, keyOf, type SubgraphModule } from './module.ts';

const MAX_USERS = 200;
const MAX_DRIVERS = 100;
const MAX_IDS = 100;

interface UsersArgs extends PageArgs {
  readonly ids?: readonly string[] | null;
  readonly role?: Role | null;
}

function users(_: unknown, args: UsersArgs, { data }: GraphContext): readonly User[] {
  const candidates = args.ids
    ? args.ids.flatMap((id) => data.users.get(id) ?? [])
    : data.users.values().toArray();
  const { role } = args;
  return page(
    role ? candidates.filter((user) => user.roles.includes(role)) : candidates,
    args,
    20,
    MAX_USERS,
  );
}

interface ProfileArgs {
  readonly input: { readonly name?: string | null; readonly city?: string | null };
}

function updateProfile(_: unknown, { input }: ProfileArgs, context: GraphContext): User {
  const before = requireUser(context);
  if (input.name?.trim() === '') throw badUserInput("'name' must not be empty");
  const after = { ...before, name: input.name ?? before.name, city: input.city ?? before.city };
  context.data.users.set(after.id, after);
  return after;
}

/** As an input of GraphQL has it: what is left out may also be null. */
type PreferencesArgs = { readonly input: { readonly [K in keyof Preferences]?: Preferences[K] | null } };

function updatePreferences(_: unknown, { input }: PreferencesArgs, context: GraphContext): User {
  const user = requireUser(context);
  const before = context.world.preferences.of(user);
  context.world.preferences.update(user, {
    language: input.language ?? before.language,
    pushNotifications: input.pushNotifications ?? before.pushNotifications,
    emailReceipts: input.emailReceipts ?? before.emailReceipts,
    newsletter: input.newsletter ?? before.newsletter,
    favouriteVehicle: input.favouriteVehicle === undefined ? before.favouriteVehicle : input.favouriteVehicle,
  });
  return user;
}

export const accounts: SubgraphModule = {
  name: 'accounts',
  resolvers: {
    Query: {
      me: (_: unknown, __: unknown, { data, userId }) =>
        userId === undefined ? null : (data.users.get(userId) ?? null),
      user: (_: unknown, { id }: { id: string }, { data }) => data.users.get(id) ?? null,
      users,
      usersById: (_: unknown, { ids }: { ids: readonly string[] }, { data }) => {
        if (ids.length > MAX_IDS) throw badUserInput(`'ids' holds at most ${MAX_IDS}`);
        return ids.map((id) => data.users.get(id) ?? null);
      },
      driver: (_: unknown, { id }: { id: string }, { data }) => data.drivers.get(id) ?? null,
      drivers: (_: unknown, args: PageArgs & { status?: DriverStatus | null }, { data }) => {
        const all = data.drivers.values();
        const { status } = args;
        const chosen = status ? all.filter((driver) => driver.status === status) : all;
        return page(chosen.toArray(), args, 20, MAX_DRIVERS);
      },
      account: (_: unknown, { id }: { id: string }, { data }) =>
        data.users.get(id) ?? data.drivers.get(id) ?? null,
    },
    Mutation: { updateProfile, updatePreferences },
    User: {
      preferences: (user: User, _: unknown, { world }) => world.preferences.of(user),
      driver: ({ driverId }: User, _: unknown, { data }) =>
        driverId === null ? null : (data.drivers.get(driverId) ?? null),
    },
    Driver: {
      user: ({ userId }: Driver, _: unknown, { data }) => data.users.get(userId) ?? null,
    },
  },
  references: {
    User: (reference, { data }) => data.users.get(keyOf(reference, 'id')) ?? null,
    Driver: (reference, { data }) => data.drivers.get(keyOf(reference, 'id')) ?? null,
  },
};
