import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyStepMayFail, testFlow } from '@frontdesk/gateway/bff/testing';
import { requestRide } from './request-ride.ts';
import { ORDER, rideBooks } from './ride-books.fixture.ts';

const identity = { subject: '42', scopes: new Set(['rides:order']) };
const asked = { identity, input: ORDER };

describe('a ride that is ordered', () => {
  it('has a driver, a payment and a trip, and its rider is told', async () => {
    const { fakes, there, told } = rideBooks();
    const { outcome, value, keys } = await testFlow(requestRide, { ...asked, fakes });
    assert.equal(outcome, 'answered');
    assert.deepEqual(Object(value).driver, { id: 'd1', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1' });
    assert.deepEqual(Object(value).card, { brand: 'visa', last4: '4242' });
    assert.deepEqual([...there.keys()], [keys.driver, keys.payment, keys.trip]);
    assert.equal(told.length, 1);
  });

  it('asks for the next driver where one is taken meanwhile, four times', async () => {
    const one = rideBooks({ taken: 1 });
    const { value } = await testFlow(requestRide, { ...asked, fakes: one.fakes });
    assert.equal(Object(value).driver.id, 'd2');
    const none = rideBooks({ taken: 9 });
    const { outcome, failure, calls } = await testFlow(requestRide, { ...asked, fakes: none.fakes });
    assert.deepEqual([outcome, failure?.status, failure?.members.reason], ['failed', 409, 'noDriverNear']);
    assert.equal(calls.filter(({ to }) => to === 'dispatch reserve').length, 4);
  });

  it('is refused before anything is held where its fare has changed', async () => {
    const { fakes, there, closed } = rideBooks();
    const input = { ...ORDER, fare: { amount: 500, currency: 'EUR' } };
    const { outcome, failure } = await testFlow(requestRide, { identity, input, fakes });
    assert.deepEqual([outcome, failure?.status, failure?.title], ['failed', 409, 'The fare has changed']);
    assert.deepEqual(failure?.members.fare, ORDER.fare);
    assert.deepEqual([there.size, closed.size], [0, 0]);
  });

  it('frees its driver where the card is declined', async () => {
    const { fakes, there } = rideBooks({ declined: true });
    const { failure, undone } = await testFlow(requestRide, { ...asked, fakes });
    assert.deepEqual([failure?.status, failure?.members.reason], [402, 'cardDeclined']);
    assert.deepEqual([undone, there.size], [['driver', 'payment'], 0]);
  });

  it('is whole or nothing, whichever step fails or dies', async () => {
    let books = rideBooks();
    await everyStepMayFail(requestRide, {
      ...asked,
      fakes: () => {
        books = rideBooks();
        return books.fakes;
      },
      check: ({ outcome, keys }) => {
        const whole = [keys.driver, keys.payment, keys.trip];
        assert.deepEqual([...books.there.keys()], outcome === 'answered' ? whole : []);
      },
    });
  });
});
