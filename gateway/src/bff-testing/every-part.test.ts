import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, json } from '../bff/index.ts';
import { everyPartMayFail, fakeBackends } from './index.ts';

const kit = defineBackends({
  users: {
    get: { '/users/{id}': json<{ readonly tier: string }>(), '/cards/{id}': json<readonly string[]>() },
  },
});
const { part, screen } = kit;
const fakes = fakeBackends(kit, {
  users: { get: { '/users/{id}': () => ({ tier: 'gold' }), '/cards/{id}': () => ['visa'] } },
});
const at = { path: { id: '1' } };
const user = part(({ rest }) => rest.users.get('/users/{id}', at), { required: true });
const cards = part(({ rest }) => rest.users.get('/cards/{id}', at), { timeout: '300ms' });
const tier = part(async ({ use }) => (await use('user')).tier, { uses: { user } });

describe('everyPartMayFail', () => {
  it('fails each part in each way, and gives a table', async () => {
    const home = screen({ path: '/h', field: 'h', parts: { user, cards, tier } });
    const { rows, table } = await everyPartMayFail(home, { fakes, kinds: ['timeout', 'status 500'] });
    assert.deepEqual(
      rows.map(({ part: name, fault, result }) => [name, fault, result]),
      [
        ['user', 'timeout', 'screen fails'],
        ['user', 'status 500', 'screen fails'],
        ['cards', 'timeout', 'left out'],
        ['cards', 'status 500', 'left out'],
        ['tier', '-', 'calls nothing'],
      ],
    );
    assert.match(table, /^cards +optional +timeout +left out +cards +295$/m);
  });

  it('rejects where an optional part fails a required one, or another part in secret', async () => {
    const count = part(async ({ use }) => (await use('cards')).length, { uses: { cards }, required: true });
    const strict = screen({ path: '/s', field: 's', parts: { user, cards, count } });
    await assert.rejects(everyPartMayFail(strict, { fakes, kinds: ['reset'] }), (error: Error) => {
      assert.match(error.message, /screen s do not fail alone/);
      assert.match(
        error.message,
        /cards +optional +reset +screen fails.*✖ it is optional, and count, which uses it, is/,
      );
      return true;
    });
    let failed = false;
    const memory = part(() => (failed ? 'worse' : 'well'));
    const secret = part(async ({ rest }) => {
      try {
        failed = false;
        return await rest.users.get('/cards/{id}', at);
      } catch (error) {
        failed = true;
        throw error;
      }
    });
    const last = part(
      async ({ rest }) => (await rest.users.get('/users/{id}', at)) && (failed ? 'worse' : 'well'),
    );
    const sly = screen({ path: '/l', field: 'l', parts: { secret, last, memory } });
    await assert.rejects(everyPartMayFail(sly, { fakes, kinds: ['reset'] }), /✖ \S+ changed with it/);
  });

  it('says so where something is missing from the beginning', async () => {
    const poor = screen({
      path: '/p',
      field: 'p',
      parts: { none: part(() => Promise.reject(new Error('no'))) },
    });
    await assert.rejects(everyPartMayFail(poor, { fakes }), /screen p lacks none while nothing fails/);
  });
});
