/** The caller's own page: who they are, how they pay, what they prefer. Nothing of it is kept: it is where it is changed. */
import { lastGood } from '@frontdesk/gateway/bff';
import { part, screen } from '../backends.ts';
import { AccountPreferences } from '../generated/operations.ts';
import type { ListPaymentMethodsAnswer } from '../generated/upstreams/payments.ts';
import { toProfile } from './profile.ts';

export const account = screen({
  path: '/account',
  field: 'account',
  scopes: ['account:read'],
  deadline: '2s',
  parts: {
    profile: part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject } }), {
      required: true,
      shape: toProfile,
    }),
    preferences: part(({ graph, identity }) => graph(AccountPreferences, { user: identity.subject }), {
      timeout: '1s',
      shape: ({ user }) => user?.preferences ?? null,
    }),
    paymentMethods: part(
      ({ rest, identity }) => rest.payments.get('/payment-methods', { query: { user: identity.subject } }),
      { timeout: '1s', scopes: ['payments:read'], fallback: lastGood('10m'), shape: toMethods },
    ),
  },
  examples: {
    ada: {
      answer: {
        profile: {
          id: '42',
          username: 'ada42',
          name: 'Ada',
          email: 'ada@example.org',
          city: 'Ulm',
          tier: 'gold',
          avatarUrl: null,
          memberSince: '2024-03-01T00:00:00Z',
          addresses: [{ label: 'Home', street: 'Main Street 1', city: 'Ulm', postcode: '89073' }],
        },
        preferences: {
          language: 'DE',
          pushNotifications: true,
          emailReceipts: true,
          newsletter: false,
          favouriteVehicle: null,
        },
        paymentMethods: [
          { id: 'pm_42_card', type: 'card', label: 'Visa •••• 9598', expires: '2030-07', isDefault: true },
        ],
      },
    },
  },
});

function toMethods({ methods }: ListPaymentMethodsAnswer) {
  return methods.map(({ id, type, label, card, is_default }) => ({
    id,
    type,
    label,
    expires: card?.expires ?? null,
    isDefault: is_default,
  }));
}
