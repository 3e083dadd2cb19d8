import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { account } from './account.ts';

const user = {
  id: '7',
  username: 'ada',
  name: 'Ada',
  email: 'a@example.org',
  city: 'Ulm',
  tier: 'gold',
  avatar_url: null,
  member_since: '2020-01-01T00:00:00Z',
  addresses: [],
};
const preferences = { language: 'DE', newsletter: false };
const card = { brand: 'visa', last4: '9598', expires: '2030-07' };
const answers = {
  'users GET /users/{id}': () => user,
  'graph AccountPreferences': () => ({ user: { preferences } }),
  'payments GET /payment-methods': () => ({
    user: '7',
    methods: [
      { id: 'pm_7_card', type: 'card', label: 'Visa •••• 9598', card, account: null, is_default: true },
      { id: 'pm_7_acme', type: 'account', label: 'Acme', card: null, account: 'acme', is_default: false },
    ],
  }),
};
const identity = { subject: '7' };

describe('the account', () => {
  it('is who they are, what they prefer and how they pay, of the caller alone', async () => {
    const { values, calls } = await testScreen(account, { answers, identity });
    assert.equal(Object(values.profile).memberSince, '2020-01-01T00:00:00Z');
    assert.deepEqual(values.preferences, preferences);
    assert.deepEqual(values.paymentMethods, [
      { id: 'pm_7_card', type: 'card', label: 'Visa •••• 9598', expires: '2030-07', isDefault: true },
      { id: 'pm_7_acme', type: 'account', label: 'Acme', expires: null, isDefault: false },
    ]);
    assert.deepEqual(
      calls.map(({ input }) => input),
      [{ path: { id: '7' } }, { user: '7' }, { query: { user: '7' } }],
    );
  });

  it('is shown without the rest, and payment methods to whom they are open', async () => {
    const down = () => {
      throw new FrontdeskError('upstream_connect');
    };
    const poor = { ...answers, 'graph AccountPreferences': down };
    const scopes = new Set(['account:read']);
    const { values, incomplete } = await testScreen(account, {
      answers: poor,
      identity: { ...identity, scopes },
    });
    assert.deepEqual([values.preferences, values.paymentMethods], [null, null]);
    assert.deepEqual(incomplete, ['preferences', 'paymentMethods']);
  });
});
