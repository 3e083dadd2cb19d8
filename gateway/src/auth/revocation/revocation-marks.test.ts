import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityWith } from '../testing/identity.ts';
import {
  decodeRevocation,
  encodeRevocation,
  joinMarks,
  namesOf,
  type Revocation,
  strikes,
  subjectOf,
} from './revocation-marks.ts';

const NOW = Date.UTC(2026, 0, 1);

test('a token is found by everything it names, a key by its consumer and id', () => {
  const claims = { jti: 'j', iss: 'https://a', sid: 's', azp: 'web', client_id: 'app' };
  assert.deepEqual(namesOf(identityWith({ subject: 'ada', consumer: 'acme', claims })), [
    ['jti', 'j'],
    ['subject', 'ada'],
    ['subject', 'ada\nhttps://a'],
    ['session', 's'],
    ['client', 'app'],
    ['consumer', 'acme'],
  ]);
  assert.deepEqual(namesOf(identityWith({ subject: 'acme', consumer: 'acme', keyId: 'k1' })), [
    ['consumer', 'acme'],
    ['key', 'acme/k1'],
  ]);
});

test('issued before: to the second, that one included; who does not say when is meant', () => {
  const mark = { until: NOW + 1000, before: NOW };
  const issuedAt = (iat: unknown) => identityWith({ claims: { iat } });
  assert.equal(strikes(mark, issuedAt(NOW / 1000 - 1), NOW), true);
  assert.equal(strikes(mark, issuedAt(NOW / 1000), NOW), false);
  assert.equal(strikes({ ...mark, before: NOW + 1 }, issuedAt(NOW / 1000), NOW), true);
  assert.equal(strikes(mark, issuedAt(undefined), NOW), true);
  assert.equal(strikes(mark, issuedAt('soon'), NOW), true);
  assert.equal(strikes(mark, issuedAt(0), NOW + 1000), false, 'it is over');
});

test('of two marks the wider and longer one', () => {
  assert.deepEqual(joinMarks({ until: 1, before: 5 }, { until: 2, before: 4 }), { until: 2, before: 5 });
  assert.deepEqual(joinMarks({ until: 1, before: 5 }, { until: 2, before: undefined }), {
    until: 2,
    before: undefined,
  });
});

test('it travels as text; what is no revocation is none', () => {
  const all: Revocation[] = [
    { kind: 'jti', id: 'a:"b', until: 5, before: undefined },
    { kind: 'subject', id: subjectOf('ada', 'https://a'), until: 5, before: 4 },
  ];
  for (const one of all) assert.deepEqual(decodeRevocation(encodeRevocation(one)), one);
  for (const text of [
    '',
    '{}',
    '[]',
    '["x","a",1,null]',
    '["jti",1,1,null]',
    '["jti","a","1",null]',
    '["jti","a",1,"x"]',
  ])
    assert.equal(decodeRevocation(text), undefined);
});
