import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION_ID_CHARS, Seal, SessionIds } from './seal.ts';

const OLD = 'the older of two secrets, of 32 characters';
const NEW = 'the newer of two secrets, of 32 characters';

test('what is sealed is opened for its context alone, and in no other form', () => {
  const seal = new Seal([NEW], 'a');
  const sealed = seal.seal('text with ü', 'one');
  assert.equal(seal.open(sealed, 'one'), 'text with ü');
  assert.equal(seal.open(sealed, 'two'), undefined);
  assert.equal(new Seal([NEW], 'b').open(sealed, 'one'), undefined);
  assert.equal(new Seal([OLD], 'a').open(sealed, 'one'), undefined);
  assert.notEqual(seal.seal('text with ü', 'one'), sealed);
  const bytes = Buffer.from(sealed, 'base64url');
  for (let i = 0; i < bytes.length; i += 1) {
    const other = Buffer.from(bytes);
    other[i] = (other[i] ?? 0) ^ 1;
    assert.equal(seal.open(other.toString('base64url'), 'one'), undefined, `byte ${i}`);
  }
  for (const text of ['', 'x', sealed.slice(0, -4), sealed.slice(0, 20)])
    assert.equal(seal.open(text, 'one'), undefined);
});

test('secrets are rotated: the first seals, the others still open', () => {
  const sealed = new Seal([OLD], 'a').seal('x', 'one');
  const both = new Seal([NEW, OLD], 'a');
  assert.equal(both.open(sealed, 'one'), 'x');
  assert.equal(new Seal([OLD], 'a').open(both.seal('x', 'one'), 'one'), undefined);
});

test('an id is random, marked, and known to the store by another text', () => {
  const ids = new SessionIds([NEW]);
  const [first, second] = [ids.make(), ids.make()];
  assert.notEqual(first, second);
  assert.equal(first.length, SESSION_ID_CHARS);
  const known = ids.read(first);
  assert.equal(ids.read(first), known);
  assert.equal(known !== undefined && first.includes(known), false);
  assert.equal(new SessionIds([OLD, NEW]).read(first), known);
  assert.equal(new SessionIds([OLD]).read(first), undefined);
  for (const made of ['', 'x'.repeat(SESSION_ID_CHARS), `${first}x`, first.slice(1), ` ${first.slice(1)}`])
    assert.equal(ids.read(made), undefined);
  const bytes = Buffer.from(first, 'base64url');
  for (let i = 0; i < bytes.length; i += 1) {
    const other = Buffer.from(bytes);
    other[i] = (other[i] ?? 0) ^ 0x80;
    assert.equal(ids.read(other.toString('base64url')), undefined, `byte ${i}`);
  }
});
