import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, kindOf } from './kinds.ts';

test('what measures has the machine, what breaks a stack most of it and its process to itself', () => {
  const placesOf = (file: string) => kindOf(file).places;
  assert.equal(placesOf('test/load/over-its-plan.test.ts'), Number.POSITIVE_INFINITY);
  assert.equal(placesOf('test/chaos/experiments.test.ts'), 2);
  assert.equal(placesOf('test/chaos/workers.test.ts'), 2);
  assert.equal(placesOf('test/docs/ride.test.ts'), 1);
  assert.equal(placesOf('gateway/src/limits/plans/rules.test.ts'), 1);
  const sharingOf = (file: string) => kindOf(file).sharing;
  assert.equal(sharingOf('test/chaos/workers.test.ts'), 'never');
  assert.equal(sharingOf('test/load/over-its-plan.test.ts'), 'never');
  assert.equal(sharingOf('test/e2e/packed.test.ts'), 'by text');
  assert.equal(sharingOf('test/docs/ride.test.ts'), 'always');
  assert.equal(sharingOf('gateway/src/limits/plans/rules.test.ts'), 'by text');
});

test('wide ones and long ones begin before what fills the gaps', () => {
  const files = [
    'gateway/src/a.test.ts',
    'test/docs/b.test.ts',
    'test/e2e/packed.test.ts',
    'test/chaos/c.test.ts',
  ];
  assert.deepEqual(inOrder(files), files.toReversed());
});
