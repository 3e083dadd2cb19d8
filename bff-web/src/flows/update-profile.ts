/**
 * Changes name and city. The accounts service keeps no keys of requests, so that undoing goes by values: what was set is set
 * back, unless somebody has changed it since. (A change that is still on its way while it is undone can't be held back.)
 */
import { refuse, z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { ChangeProfile, ProfileBefore } from '../generated/operations.ts';
import { backWhere, given } from './changes.ts';

const input = z
  .object({
    name: z.string().trim().min(1).max(100).nullable().default(null).describe('The new name'),
    city: z.string().trim().min(1).max(100).nullable().default(null).describe('The new city'),
  })
  .refine(({ name, city }) => name !== null || city !== null, 'say a name or a city');
const { step, flow } = backends.takes(input);

const before = step(async ({ graph, identity }) => {
  const { user } = await graph(ProfileBefore, { user: identity.subject });
  return user ?? nobody();
});

const changed = step(
  async ({ graph, input }) => (await graph(ChangeProfile, { input: given(input) })).updateProfile,
  {
    uses: { before },
    timeout: '1500ms',
    undo: async ({ graph, use, input, identity }) => {
      const { user } = await graph(ProfileBefore, { user: identity.subject });
      const back = user && backWhere(given(input), { before: use('before'), now: user });
      if (back) await graph(ChangeProfile, { input: back });
    },
  },
);

const notice = step(
  ({ rest, identity, key }) =>
    rest.notifications.post('/notifications', {
      body: {
        user: identity.subject,
        kind: 'message',
        title: 'Your profile was changed',
        body: 'If it was not you, change your password and tell us.',
      },
      headers: { 'idempotency-key': key },
      idempotent: true,
    }),
  { optional: true, repeatable: true, retry: 1, timeout: '1s' },
);

export const updateProfile = flow({
  path: '/account/profile',
  field: 'updateProfile',
  scopes: ['account:write'],
  deadline: '3s',
  idempotency: 'optional',
  steps: [{ before }, { changed }, { notice }],
  answer: ({ use }) => use('changed'),
  examples: {
    moved: { summary: 'Moved', input: { city: 'Ulm' }, answer: { name: 'Ada', city: 'Ulm' } },
  },
});

function nobody(): never {
  throw refuse({ status: 404, title: 'No such account' });
}
