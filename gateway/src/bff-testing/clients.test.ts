import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defineBackends, json } from '../bff/index.ts';
import { fakeBackends, testScreen } from './index.ts';

const kit = defineBackends({
  users: { get: { '/users/{id}': json<string>(), '/users/me': json<string>() } },
});
const { part, screen } = kit;
const fakes = fakeBackends(kit, {
  users: { get: { '/users/{id}': ({ path }) => path.id, '/users/me': () => 'me' } },
});

it('names a call by its template, however its path was written, and fails as in earnest', async () => {
  const home = screen({
    path: '/h',
    field: 'h',
    parts: {
      written: part(({ rest }) => rest.users.get('/users/7')),
      literal: part(({ rest }) => rest.users.get('/users/me')),
      bad: part(({ rest }) => rest.users.get('/users/{id}', { path: { id: '..' } })),
    },
  });
  const { calls, values, parts } = await testScreen(home, { fakes });
  assert.deepEqual(
    calls.map(({ to, input }) => [to, input]),
    [
      ['users GET /users/{id}', { path: { id: '7' } }],
      ['users GET /users/me', undefined],
      ['users GET /users/{id}', { path: { id: '..' } }],
    ],
  );
  assert.deepEqual([values.written, values.literal, parts.bad?.failure], ['7', 'me', 'internal']);
});
