import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defineBackends, document, json } from '../bff/index.ts';
import { grpcStatus, partial, status, testScreen } from './index.ts';

const { part, screen } = defineBackends({ users: { get: { '/users/{id}': json<{ name: string }>() } } });
const Orders = document<{ orders: string[] | null }>('query Orders { orders }');
const home = screen({
  path: '/h',
  field: 'h',
  parts: {
    user: part(({ rest }) => rest.users.get('/users/{id}', { path: { id: '1' } })),
    again: part(({ rest }) => rest.users.get('/users/{id}', { path: { id: '1' } })),
    orders: part(({ graph }) => graph(Orders)),
  },
});

it('answers each call by itself, with all that typed fakes may say, and faults', async () => {
  const answers = {
    'users GET /users/{id}': () => ({ name: 'Ada' }),
    'graph Orders': () => partial({ orders: null }),
  };
  const first = await testScreen(home, { answers });
  assert.deepEqual([first.sent.length, first.incomplete], [3, ['orders']]);
  const gone = await testScreen(home, {
    answers: { ...answers, 'users GET /users/{id}': () => status(404) },
  });
  assert.equal(gone.parts.user?.failure, 'upstream_error');
  const thrown = () => {
    throw grpcStatus('NOT_FOUND');
  };
  const none = await testScreen(home, {
    answers: { ...answers, 'graph Orders': thrown },
    faults: { user: 'reset' },
  });
  assert.deepEqual([none.parts.user?.failure, none.parts.again?.failure], ['upstream_reset', undefined]);
});
