import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments, seedOf } from './seed.ts';

const half = () => 0.5;

test('the seed is fixed unless one is asked for, by an argument before the environment', () => {
  const fixed = seedOf(undefined);
  assert.deepEqual(readArguments(['limits/'], {}, half), { seed: fixed, patterns: ['limits/'] });
  assert.equal(readArguments([], { FRONTDESK_SEED: '' }, half).seed, fixed);
  assert.equal(readArguments([], { FRONTDESK_SEED: '8' }, half).seed, 8);
  assert.deepEqual(readArguments(['a', '--seed', '7', 'b'], { FRONTDESK_SEED: '8' }, half), {
    seed: 7,
    patterns: ['a', 'b'],
  });
  assert.equal(readArguments(['--seed=-1932087068'], {}, half).seed, -1_932_087_068);
});

test('the word random asks for another each time', () => {
  assert.equal(readArguments(['--seed', 'random'], {}, half).seed, 1_073_741_823);
  assert.equal(readArguments([], { FRONTDESK_SEED: 'random' }, () => 0).seed, 0);
});

test('what is no seed is told', () => {
  for (const text of ['x', '1.5', '3e9', 'NaN']) {
    assert.throws(() => readArguments(['--seed', text], {}, half), /a seed is a whole number/);
  }
  assert.throws(() => readArguments(['--sed', '1'], {}, half), /Unknown option/);
});
