/** Changes preferences, those alone that are said. It is undone by values, as update-profile is. */
import { refuse, z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { AccountPreferences, ChangePreferences } from '../generated/operations.ts';
import { backWhere, given } from './changes.ts';

const flag = z.boolean().nullable().default(null);
const input = z
  .object({
    language: z.enum(['DE', 'EN', 'FR']).nullable().default(null).describe('Of all that is written to them'),
    pushNotifications: flag.describe('Whether the phone may be told'),
    emailReceipts: flag.describe('Whether receipts are sent by mail'),
    newsletter: flag.describe('Whether the newsletter is sent'),
    favouriteVehicle: z
      .enum(['BIKE', 'COMPACT', 'COMFORT', 'VAN'])
      .nullable()
      .optional()
      .describe('Null: none any more'),
  })
  .refine(saysSomething, 'say what to change');
const { step, flow } = backends.takes(input);

const before = step(async ({ graph, identity }) => {
  const { user } = await graph(AccountPreferences, { user: identity.subject });
  if (!user) throw refuse({ status: 404, title: 'No such account' });
  return user.preferences;
});

const changed = step(
  async ({ graph, input }) =>
    (await graph(ChangePreferences, { input: changes(input) })).updatePreferences.preferences,
  {
    uses: { before },
    timeout: '1500ms',
    undo: async ({ graph, use, input, identity }) => {
      const { user } = await graph(AccountPreferences, { user: identity.subject });
      const back = user && backWhere(changes(input), { before: use('before'), now: user.preferences });
      if (back) await graph(ChangePreferences, { input: back });
    },
  },
);

export const updatePreferences = flow({
  path: '/account/preferences',
  field: 'updatePreferences',
  scopes: ['account:write'],
  deadline: '3s',
  idempotency: 'optional',
  steps: [{ before }, { changed }],
  answer: ({ use }) => ({ preferences: use('changed') }),
  examples: {
    quiet: {
      summary: 'No newsletter, and no favourite vehicle any more',
      input: { newsletter: false, favouriteVehicle: null },
      answer: {
        preferences: {
          language: 'DE',
          pushNotifications: true,
          emailReceipts: true,
          newsletter: false,
          favouriteVehicle: null,
        },
      },
    },
  },
});

function saysSomething({ favouriteVehicle, ...others }: Readonly<Record<string, unknown>>): boolean {
  return favouriteVehicle !== undefined || Object.values(others).some((value) => value !== null);
}

/** A favourite vehicle may be none: of all others null says nothing. */
function changes({ favouriteVehicle, ...others }: z.output<typeof input>) {
  return { ...given(others), ...(favouriteVehicle === undefined ? {} : { favouriteVehicle }) };
}
