import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keyed } from './keyed.ts';

test('the same key finds the same thing, until too many others were asked for since', () => {
  const keyed = new Keyed<object>(2);
  const a = keyed.once('a', () => ({}));
  const b = keyed.once('b', () => ({}));
  assert.notEqual(a, b);
  assert.equal(
    keyed.once('a', () => assert.fail('a was made twice')),
    a,
  );
  keyed.once('c', () => ({}));
  assert.equal(
    keyed.once('a', () => assert.fail('a was forgotten before b')),
    a,
  );
  assert.notEqual(
    keyed.once('b', () => ({})),
    b,
  );
});
