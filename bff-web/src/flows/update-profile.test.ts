import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyStepMayFail, fakeBackends, onGraph, testFlow } from '@frontdesk/gateway/bff/testing';
import { backends } from '../backends.ts';
import { ChangeProfile, ProfileBefore } from '../generated/operations.ts';
import { updateProfile } from './update-profile.ts';

const ADA = { name: 'Ada', city: 'Ulm' };
const identity = { subject: '7' };
const input = { city: 'Bonn' };

/** A world whose books can be looked into. */
function world() {
  const profile = { ...ADA };
  const notices: string[] = [];
  const fakes = fakeBackends(backends, {
    graph: [
      onGraph(ProfileBefore, ({ user }) => ({ user: user === '7' ? { ...profile } : null })),
      onGraph(ChangeProfile, ({ input: { name, city } }) => {
        profile.name = name ?? profile.name;
        profile.city = city ?? profile.city;
        return { updateProfile: { ...profile } };
      }),
    ],
    notifications: {
      post: {
        '/notifications': ({ body, headers }) => {
          const key = headers['idempotency-key'] ?? '';
          if (!notices.includes(key)) notices.push(key);
          const { user, title, body: text } = body;
          return {
            id: 'n1',
            user,
            kind: 'message',
            title,
            body: text,
            read: false,
            created_at: '2026-01-01T00:00:00Z',
          };
        },
      },
    },
  });
  return { profile, notices, fakes };
}

describe('updateProfile', () => {
  it('changes what is said, and leaves a notice', async () => {
    const { profile, notices, fakes } = world();
    const { value, outcome, incomplete } = await testFlow(updateProfile, { fakes, identity, input });
    assert.deepEqual([outcome, value, incomplete], ['answered', { name: 'Ada', city: 'Bonn' }, []]);
    assert.deepEqual(profile, { name: 'Ada', city: 'Bonn' });
    assert.equal(notices.length, 1);
  });

  it('does all of it or nothing, whatever fails and wherever its process dies', async () => {
    let now = world();
    const { rows } = await everyStepMayFail(updateProfile, {
      identity,
      input,
      fakes: () => {
        now = world();
        return now.fakes;
      },
      check({ outcome }) {
        assert.deepEqual(now.profile, outcome === 'answered' ? { ...ADA, ...input } : ADA);
        assert.ok(now.notices.length <= (outcome === 'answered' ? 1 : 0));
      },
    });
    assert.ok(rows.some(({ outcome }) => outcome === 'failed'));
    assert.ok(rows.some(({ outcome }) => outcome === 'answered'));
  });

  it('refuses who is nobody, and what says nothing', async () => {
    const { fakes, profile } = world();
    const unknown = await testFlow(updateProfile, { fakes, input, identity: { subject: '8' } });
    assert.deepEqual([unknown.outcome, unknown.failure?.status], ['failed', 404]);
    for (const wrong of [{}, { name: ' ' }, { email: 'x' }]) {
      await assert.rejects(testFlow(updateProfile, { fakes, identity, input: wrong }), {
        code: 'invalid_request',
      });
    }
    const scopes = new Set(['account:read']);
    await assert.rejects(testFlow(updateProfile, { fakes, input, identity: { subject: '7', scopes } }), {
      code: 'insufficient_scope',
    });
    assert.deepEqual(profile, ADA);
  });
});
