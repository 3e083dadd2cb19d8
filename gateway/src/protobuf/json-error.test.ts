import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inside, ProtoJsonError } from './json-error.ts';

it('names the member, from the outside in', () => {
  const fail = (): never => {
    throw new ProtoJsonError('is wrong');
  };
  assert.throws(
    () => inside('stops', () => inside(2, () => inside('place', fail))),
    (error) =>
      error instanceof ProtoJsonError && error.path === 'stops[2].place' && error.message === 'is wrong',
  );
  assert.throws(
    () =>
      inside('a', () => {
        throw new TypeError('ours');
      }),
    TypeError,
  );
});
