import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toProfile } from './profile.ts';

it('shows of a user what is meant to be seen', () => {
  const user = {
    id: '7',
    username: 'ada',
    name: 'Ada',
    email: 'a@example.org',
    city: 'Ulm',
    tier: 'gold',
    roles: ['customer'],
    avatar_url: null,
    member_since: '2020-01-01T00:00:00Z',
    addresses: [],
    driver_id: null,
    password_hash: 'x',
  } as const;
  assert.deepEqual(toProfile(user), {
    id: '7',
    username: 'ada',
    name: 'Ada',
    email: 'a@example.org',
    city: 'Ulm',
    tier: 'gold',
    avatarUrl: null,
    memberSince: '2020-01-01T00:00:00Z',
    addresses: [],
  });
});
