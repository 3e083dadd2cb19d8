import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Borrowed } from './borrowed.ts';

test('what was borrowed last is given back first, each once, and a failure keeps nothing', async () => {
  const given: string[] = [];
  const borrowed = new Borrowed();
  borrowed.add(() => given.push('first'));
  borrowed.add(() => {
    throw new Error('stuck');
  });
  borrowed.add(async () => given.push('last'));
  await assert.rejects(borrowed.giveBack(), /stuck/);
  await borrowed.giveBack();
  assert.deepEqual(given, ['last', 'first']);
});
