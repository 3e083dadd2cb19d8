import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testFlow } from '@frontdesk/gateway/bff/testing';
import { requestCorporateRide } from './request-corporate-ride.ts';
import { ORDER, rideBooks } from './ride-books.fixture.ts';

const identity = { subject: 'acme', consumer: 'acme', scopes: new Set(['rides:order']) };

async function order(more: object, who: object = identity) {
  const books = rideBooks();
  const tested = await testFlow(requestCorporateRide, {
    identity: who,
    input: { ...ORDER, ...more },
    fakes: books.fakes,
  });
  return { ...tested, books };
}

describe('a ride for an account', () => {
  it('is ordered by a member for another, and the account pays', async () => {
    const { outcome, value, keys, books } = await order({ booker: '42', rider: '8' });
    assert.equal(outcome, 'answered');
    const { account, costCenter, card } = Object(value);
    assert.deepEqual([account, costCenter, card], ['acme', 'sales', null]);
    assert.equal(books.there.get(keys.payment ?? '')?.user, '42');
    assert.equal(books.there.get(keys.trip ?? '')?.user, '8');
  });

  it('is refused before anything is held, with the reason', async () => {
    const reasonOf = async (more: object, who: object = identity) => {
      const { failure, books } = await order(more, who);
      assert.deepEqual([books.there.size, books.closed.size], [0, 0]);
      return [failure?.status, failure?.members.reason];
    };
    assert.deepEqual(await reasonOf({ booker: '8' }), [403, 'mayNotOrder']);
    assert.deepEqual(await reasonOf({ booker: '42', rider: '9' }), [403, 'notOfOrganization']);
    assert.deepEqual(await reasonOf({ booker: '21' }), [403, 'notOfOrganization']);
    assert.deepEqual(await reasonOf({ booker: '42', costCenter: 'moon' }), [422, 'noSuchCostCenter']);
    const globex = { ...identity, subject: 'globex', consumer: 'globex' };
    assert.deepEqual(await reasonOf({ booker: '42' }, globex), [403, 'notOfOrganization']);
    const person = { subject: '42', scopes: identity.scopes };
    assert.deepEqual(await reasonOf({ booker: '42' }, person), [403, 'notOfOrganization']);
  });
});
