/** The BFF of the benchmark: a dashboard of three REST parts that need nothing of each other. */
import { defineBackends, defineBff, json } from '@frontdesk/gateway/bff';
import { SCHEMA } from './contract.ts';

/** What every backend of the benchmark answers with. */
interface Person {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly city: string;
  readonly tier: string;
}

const kit = defineBackends({
  users: { get: { '/users/{id}': json<Person>() } },
  accounts: { get: { '/accounts/{id}': json<Person>() } },
  friends: { get: { '/friends/{id}': json<Person>() } },
});
const toCard = ({ id, username, name, city, tier }: Person) => ({ id, username, name, city, tier });

const dashboard = kit.screen({
  path: '/dashboard',
  field: 'dashboard',
  parts: {
    user: kit.part(({ rest }) => rest.users.get('/users/{id}', { path: { id: 42 } }), {
      required: true,
      shape: toCard,
    }),
    account: kit.part(({ rest }) => rest.accounts.get('/accounts/{id}', { path: { id: 42 } }), {
      shape: toCard,
    }),
    friend: kit.part(({ rest }) => rest.friends.get('/friends/{id}', { path: { id: 42 } }), {
      shape: toCard,
    }),
  },
});

export default defineBff({ name: 'bench', schema: SCHEMA, backends: kit, screens: [dashboard] });
