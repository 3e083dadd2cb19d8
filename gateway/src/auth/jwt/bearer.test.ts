import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { invalidCredentials } from '../refusal.ts';
import { presented } from '../testing/presented.ts';
import { BearerTokens, type Confirmation } from './bearer.ts';

/** Proven where the field `proof` says what the token is bound to. */
function confirmation(member: string, asked: string[], more: Partial<Confirmation> = {}): Confirmation {
  return {
    member,
    confirm({ value, token }, { headers }) {
      asked.push(`${member} ${token}`);
      if (headers.get('proof') !== value) throw invalidCredentials('not proven');
      return more.authorization === undefined ? undefined : Promise.resolve();
    },
    challenges: () => [`Challenge of ${member}`],
    ...more,
  };
}

const refusedBecause = (pattern: RegExp) => (error: unknown) =>
  error instanceof FrontdeskError && error.code === 'invalid_credentials' && pattern.test(error.detail ?? '');

test('a token is read from one authorization field, of a known scheme in any case', () => {
  const bearer = new BearerTokens();
  assert.equal(bearer.read(HeaderFields.of({ authorization: 'BEARER  abc ' })), 'abc');
  for (const field of ['Basic abc', 'DPoP abc', 'Bearer', 'Bearer ', '']) {
    assert.equal(bearer.read(HeaderFields.of({ authorization: field })), undefined);
  }
  const twice = new HeaderFields(['authorization', 'Bearer a', 'authorization', 'Bearer a']);
  assert.throws(() => bearer.read(twice), refusedBecause(/more than one/));
  const bound = new BearerTokens([confirmation('jkt', [], { authorization: 'dpop' })]);
  assert.equal(bound.read(HeaderFields.of({ authorization: 'DPoP abc' })), 'abc');
});

test('a plain token passes at once', () => {
  const identity = makeIdentity();
  assert.equal(new BearerTokens().admit(identity, 't', presented({ authorization: 'Bearer t' })), identity);
});

test('each member of cnf must be known and proven', async () => {
  const asked: string[] = [];
  const bearer = new BearerTokens([confirmation('x5t#S256', asked), confirmation('other', asked)]);
  const admit = async (cnf: unknown, proof?: string) => {
    const fields = { authorization: 'Bearer t', ...(proof === undefined ? {} : { proof }) };
    return bearer.admit(makeIdentity({ claims: { cnf } }), 't', presented(fields));
  };
  assert.equal((await admit({ 'x5t#S256': 'p' }, 'p')).subject, 'u1');
  assert.equal((await admit({ 'x5t#S256': 'p', other: 'p' }, 'p')).subject, 'u1');
  assert.deepEqual(asked.splice(0), ['x5t#S256 t', 'x5t#S256 t', 'other t']);
  await assert.rejects(admit({ 'x5t#S256': 'p' }), refusedBecause(/not proven/));
  await assert.rejects(admit({ 'x5t#S256': 'p', other: 'q' }, 'p'), refusedBecause(/not proven/));
  asked.length = 0;
  for (const cnf of [{ jkt: 'p' }, { 'x5t#S256': 'p', jkt: 'p' }, {}, null, 'p', ['p'], { toString: 'p' }]) {
    await assert.rejects(admit(cnf, 'p'), refusedBecause(/cnf|bound/), JSON.stringify(cnf));
  }
  assert.deepEqual(asked, [], 'nothing is asked for a token that is refused anyway');
});

test('tokens of another authorization scheme come under it, and no others do', async () => {
  const bearer = new BearerTokens([
    confirmation('jkt', [], { authorization: 'dpop' }),
    confirmation('x5t#S256', []),
  ]);
  const admit = async (scheme: string, cnf: unknown) => {
    const request = presented({ authorization: `${scheme} t`, proof: 'p' });
    return bearer.admit(makeIdentity({ claims: cnf === undefined ? {} : { cnf } }), 't', request);
  };
  assert.equal((await admit('DPoP', { jkt: 'p' })).subject, 'u1');
  assert.equal((await admit('DPoP', { jkt: 'p', 'x5t#S256': 'p' })).subject, 'u1');
  assert.equal((await admit('Bearer', { 'x5t#S256': 'p' })).subject, 'u1');
  assert.equal((await admit('Bearer', undefined)).subject, 'u1');
  await assert.rejects(admit('Bearer', { jkt: 'p' }), refusedBecause(/comes under dpop/));
  await assert.rejects(admit('DPoP', { 'x5t#S256': 'p' }), refusedBecause(/comes under bearer/));
  await assert.rejects(admit('DPoP', undefined), refusedBecause(/not bound/));
});

test('challenges say what RFC 6750 asks for, and those of bound tokens stand behind', () => {
  assert.deepEqual(new BearerTokens().challenges('invalid_token', 'a b'), [
    'Bearer realm="frontdesk", error="invalid_token", scope="a b"',
  ]);
  const bearer = new BearerTokens([confirmation('jkt', [])]);
  assert.deepEqual(bearer.challenges(), ['Bearer realm="frontdesk"', 'Challenge of jkt']);
});
