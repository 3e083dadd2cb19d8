/** A BFF with a dashboard of parts that call, wait for each other and fail: for tests of traces. */
import { defineBackends, defineBff, json } from '../bff/index.ts';

const kit = defineBackends({
  users: { get: { '/users/{id}': json<{ readonly name: string }>() } },
  offers: { get: { '/offers': json<{ readonly count: number }>() } },
  news: { get: { '/news': json<{ readonly count: number }>() } },
});

const dashboard = kit.screen({
  path: '/dashboard',
  field: 'dashboard',
  parts: {
    user: kit.part(({ rest }) => rest.users.get('/users/{id}', { path: { id: 42 } }), { required: true }),
    offers: kit.part(async ({ rest, use }) => {
      await use('user');
      return rest.offers.get('/offers');
    }),
    news: kit.part(({ rest }) => rest.news.get('/news'), { timeout: '5s' }),
  },
});

const schema = `
  type Query { dashboard: Dashboard! }
  type Dashboard { user: User! offers: Count news: Count }
  type User { name: String! }
  type Count { count: Int! }
`;

export default defineBff({ name: 'traced', schema, backends: kit, screens: [dashboard] });
