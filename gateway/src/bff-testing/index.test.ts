import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, document, json } from '../bff/index.ts';
import { testScreen } from './index.ts';

const { part, screen } = defineBackends({ users: { get: { '/users/{id}': json<{ name: string }>() } } });
const Orders = document<{ orders: string[] }, { user: string }>('query Orders($user: ID!) { orders }');
const home = screen({
  path: '/home',
  field: 'home',
  scopes: ['home:read'],
  parts: {
    user: part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject } }), {
      required: true,
    }),
    orders: part(({ graph }) => graph(Orders, { user: '1' })),
  },
});

describe('testScreen', () => {
  it('answers by what is called, and tells what was', async () => {
    const { values, incomplete, calls } = await testScreen(home, {
      answers: { 'users GET /users/{id}': () => ({ name: 'Ada' }), 'graph Orders': () => ({ orders: [] }) },
    });
    assert.deepEqual(values, { user: { name: 'Ada' }, orders: { orders: [] } });
    assert.deepEqual(incomplete, []);
    assert.deepEqual(calls, [
      { part: 'user', to: 'users GET /users/{id}', input: { path: { id: '1' } } },
      { part: 'orders', to: 'graph Orders', input: { user: '1' } },
    ]);
  });

  it('fails a part that calls what nothing answers, and refuses who lacks a scope', async () => {
    const answers = { 'users GET /users/{id}': () => ({ name: 'Ada' }) };
    assert.deepEqual((await testScreen(home, { answers })).incomplete, ['orders']);
    await assert.rejects(testScreen(home, { answers, identity: { scopes: new Set() } }), {
      code: 'insufficient_scope',
    });
  });
});
