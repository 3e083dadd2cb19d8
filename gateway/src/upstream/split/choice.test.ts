import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from '../../core/headers.ts';
import { UpstreamCall } from '../call.ts';
import { request } from '../testing/harness.ts';
import { makeChoice } from './choice.ts';
import { splitConfig } from './config.ts';

function chooser(name: string, weight: number, more: object = {}, random = () => 0.5) {
  const config = splitConfig.parse({
    sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight } },
    by: 'header:x-session',
    ...more,
  });
  return makeChoice({ name, config, shares: () => [1 - weight / 100, weight / 100], random });
}

function callOf(session: string | undefined, more: Record<string, string> = {}): UpstreamCall {
  const headers = HeaderFields.of({ ...(session === undefined ? {} : { 'x-session': session }), ...more });
  return new UpstreamCall(request({ headers }));
}

describe('stickiness', () => {
  test('a canary that grows only ever takes callers, one that shrinks only gives them back', () => {
    const weight = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), weight, weight, (session, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        const call = callOf(session);
        const before = chooser('users', less)(call);
        const after = chooser('users', more)(call);
        assert.deepEqual(chooser('users', less)(call), before, 'another process says the same');
        if (before.side === 1) assert.equal(after.side, 1);
      }),
      { numRuns: 300 },
    );
  });

  test('one split says nothing of another', () => {
    const [users, orders] = [chooser('users', 50), chooser('orders', 50)];
    let same = 0;
    for (let i = 0; i < 2000; i += 1) {
      const call = callOf(`session-${i}`);
      if (users(call).side === orders(call).side) same += 1;
    }
    assert.ok(same > 880 && same < 1120, `${same} of 2000`);
  });

  test('who has no key is left to chance, and an empty one is none', () => {
    assert.deepEqual(chooser('users', 50, {}, () => 0.4)(callOf(undefined)), { side: 1, chosen: 'random' });
    assert.deepEqual(chooser('users', 50, {}, () => 0.6)(callOf('')), { side: 0, chosen: 'random' });
  });

  test('the cookie comes after the keys that a call has itself, and is given to who has neither', () => {
    const choose = chooser('users', 50, { cookie: { name: 'side' } });
    assert.equal(choose(callOf('ada')).cookie, undefined);
    const given = choose(callOf(undefined));
    assert.equal(given.chosen, 'random');
    const again = choose(callOf(undefined, { cookie: `side=${given.cookie}` }));
    assert.deepEqual(again, { side: given.side, chosen: 'key' });
  });
});
