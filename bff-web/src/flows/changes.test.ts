import assert from 'node:assert/strict';
import { it } from 'node:test';
import { backWhere, given } from './changes.ts';

it('takes what is said', () => {
  assert.deepEqual(given({ name: 'Ada', city: null, flag: false, none: undefined }), {
    name: 'Ada',
    flag: false,
  });
});

it('brings back what was set, but not what somebody else has changed since', () => {
  const before = { name: 'Ada', city: 'Ulm', language: 'DE' };
  const set = { name: 'Grace', city: 'Bonn' };
  const back = (now: typeof before) => backWhere(set, { before, now });
  assert.deepEqual(back({ ...before, ...set }), { name: 'Ada', city: 'Ulm' });
  assert.deepEqual(back({ ...before, ...set, city: 'Kiel' }), { name: 'Ada' });
  assert.equal(back(before), undefined, 'it never happened');
  assert.equal(backWhere({ name: 'Ada' }, { before, now: before }), undefined, 'it was so before');
});
