import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identityWith } from '../testing/identity.ts';
import { namesOf, REVOCATION_KINDS, type Revocation, strikes } from './revocation-marks.ts';
import { RevocationView } from './revocation-view.ts';

const NOW = 1_000_000;
const LATER = NOW + 60_000;

test('what it finds is what the names of an identity say, for any marks', () => {
  const id = fc.constantFrom('a', 'b', 'a/k', 'a\nb');
  const mark = fc.record<Revocation>({
    kind: fc.constantFrom(...REVOCATION_KINDS),
    id,
    until: fc.constantFrom(NOW, LATER),
    before: fc.constantFrom(undefined, NOW, NOW + 500),
  });
  const optional = fc.constantFrom(undefined, 'a', 'b');
  const identity = fc
    .record({
      subject: fc.constantFrom('a', 'b'),
      consumer: optional,
      key: optional,
      jti: optional,
      iss: optional,
    })
    .map(({ subject, consumer, key, jti, iss }) => {
      const claims = { jti, iss, sid: jti, azp: iss, iat: NOW / 1000 };
      return identityWith({ subject, consumer, claims, ...(key ? { keyId: 'k' } : {}) });
    });
  fc.assert(
    fc.property(
      fc.uniqueArray(mark, { selector: ({ kind, id }) => `${kind}:${id}` }),
      identity,
      (marks, who) => {
        const view = new RevocationView(100);
        for (const one of marks) view.add(one, NOW);
        const names = namesOf(who).map((name) => name.join(':'));
        const expected = marks.some(
          (one) => names.includes(`${one.kind}:${one.id}`) && strikes(one, who, NOW),
        );
        assert.equal(view.strikes(who, NOW), expected);
      },
    ),
  );
});

test('said twice, it is known once, and the longer one holds', () => {
  const view = new RevocationView(10);
  for (const until of [LATER, LATER + 5, LATER + 1])
    view.add({ kind: 'jti', id: 'j', until, before: undefined }, NOW);
  assert.equal(view.size, 1);
  assert.equal(view.strikes(identityWith({ claims: { jti: 'j' } }), LATER + 4), true);
  assert.equal(view.strikes(identityWith({ claims: { jti: 'j' } }), LATER + 5), false);
});

test('a flood never grows it past its bound; it says that something is missing, and forgets what is over first', () => {
  const view = new RevocationView(100);
  view.add({ kind: 'subject', id: 'ada', until: LATER, before: undefined }, NOW);
  for (let i = 0; i < 1000; i += 1)
    view.add({ kind: 'jti', id: `${i}`, until: NOW + 10 + i, before: undefined }, NOW);
  assert.equal(view.size, 100);
  assert.equal(view.overflowed, true);
  assert.equal(view.strikes(identityWith(), NOW), true, 'the largest kind gives way');
  view.sweep(NOW + 2000);
  assert.equal(view.size, 1);
  view.expectAll();
  for (let i = 0; i < 300; i += 1)
    view.add({ kind: 'jti', id: `${i}`, until: NOW + 3000 + i, before: undefined }, NOW + 3000 + i - 1);
  assert.equal(view.overflowed, false, 'what was driven out had ended');
});

test('it is listed in parts', () => {
  const view = new RevocationView(100);
  for (const id of ['a', 'b', 'c']) view.add({ kind: 'jti', id, until: LATER, before: undefined }, NOW);
  view.add({ kind: 'key', id: 'acme/k1', until: LATER, before: undefined }, NOW);
  assert.deepEqual(
    [...view.list(0, 2), ...view.list(2, 2), ...view.list(4, 2)].map(({ id }) => id),
    ['a', 'b', 'c', 'acme/k1'],
  );
});
