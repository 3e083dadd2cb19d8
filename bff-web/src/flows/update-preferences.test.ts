import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyStepMayFail, fakeBackends, onGraph, testFlow } from '@frontdesk/gateway/bff/testing';
import { backends } from '../backends.ts';
import { AccountPreferences, ChangePreferences } from '../generated/operations.ts';
import { updatePreferences } from './update-preferences.ts';

const BEFORE = {
  language: 'DE',
  pushNotifications: true,
  emailReceipts: true,
  newsletter: true,
  favouriteVehicle: 'COMFORT',
} as const;
const identity = { subject: '7' };

function world() {
  const books: { preferences: object } = { preferences: BEFORE };
  const seen = () => ({ preferences: { ...BEFORE, ...books.preferences } });
  const fakes = fakeBackends(backends, {
    graph: [
      onGraph(AccountPreferences, () => ({ user: seen() })),
      onGraph(ChangePreferences, ({ input }) => {
        books.preferences = { ...books.preferences, ...input };
        return { updatePreferences: seen() };
      }),
    ],
  });
  return { books, fakes };
}

describe('updatePreferences', () => {
  it('changes what is said; null takes a favourite vehicle away, and says nothing of all others', async () => {
    const { books, fakes } = world();
    const input = { language: null, newsletter: false, favouriteVehicle: null };
    const { value } = await testFlow(updatePreferences, { fakes, identity, input });
    const expected = { ...BEFORE, newsletter: false, favouriteVehicle: null };
    assert.deepEqual([value, books.preferences], [{ preferences: expected }, expected]);
  });

  it('does all of it or nothing, whatever fails and wherever its process dies', async () => {
    let now = world();
    const input = { newsletter: false, favouriteVehicle: null };
    await everyStepMayFail(updatePreferences, {
      identity,
      input,
      fakes: () => {
        now = world();
        return now.fakes;
      },
      check({ outcome }) {
        const expected = outcome === 'answered' ? { ...BEFORE, ...input } : BEFORE;
        assert.deepEqual(now.books.preferences, expected);
      },
    });
  });

  it('refuses what says nothing', async () => {
    const { fakes } = world();
    for (const wrong of [{}, { language: null }, { language: 'IT' }]) {
      await assert.rejects(testFlow(updatePreferences, { fakes, identity, input: wrong }), {
        code: 'invalid_request',
      });
    }
  });
});
