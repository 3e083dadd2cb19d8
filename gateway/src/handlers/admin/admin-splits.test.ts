import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { type AdminSplits, decideSplit, type SplitDecision } from './admin-splits.ts';

function rig(fits = true) {
  const decided: [side: number, decision: SplitDecision][] = [];
  const splits: AdminSplits = {
    view: () => [],
    find: (name) =>
      name === 'users'
        ? {
            sides: ['stable', 'canary', 'beta'],
            decide: (side, decision) => {
              decided.push([side, decision]);
              return fits;
            },
            view: () => ({ split: 'users' }),
          }
        : undefined,
  };
  return { splits, decided };
}

test('an operator’s word goes to the side that it names, or to the second', async () => {
  const { splits, decided } = rig();
  assert.deepEqual(await decideSplit(splits, 'users', { weight: 25 }), { split: 'users' });
  await decideSplit(splits, 'users', { rollback: true, side: 'beta' });
  await decideSplit(splits, 'users', { resume: true });
  assert.deepEqual(decided, [
    [1, { kind: 'weight', share: 0.25 }],
    [2, { kind: 'rollback' }],
    [1, { kind: 'resume' }],
  ]);
});

test('what makes no sense is refused with its reason', async () => {
  const reasonOf = async (body: unknown, name = 'users', fits = true): Promise<unknown> => {
    try {
      await decideSplit(rig(fits).splits, name, body);
    } catch (error) {
      assert.ok(error instanceof FrontdeskError);
      return error.code === 'bad_request' ? error.members.reasons : error.code;
    }
    return undefined;
  };
  assert.equal(await reasonOf({ resume: true }, 'orders'), 'not_found');
  assert.deepEqual(await reasonOf({}), ['body: expected one of weight, rollback and resume']);
  assert.deepEqual(await reasonOf({ weight: 5, resume: true }), [
    'body: expected one of weight, rollback and resume',
  ]);
  assert.deepEqual(await reasonOf({ weight: 5, side: 'canry' }), ['side: expected one of canary, beta']);
  assert.deepEqual(await reasonOf({ weight: 5, side: 'stable' }), [
    'side: stable has what the others leave: expected one of canary, beta',
  ]);
  assert.deepEqual(await reasonOf({ weight: 50 }, 'users', false), [
    'weight: with the other sides it is more than 100',
  ]);
});

test('says whether other processes were told, where there are any', async () => {
  for (const told of [true, false]) {
    const view = () => ({ split: 'users' });
    const split = { sides: ['stable', 'canary'], decide: () => true, told: Promise.resolve(told), view };
    const answer = await decideSplit({ view, find: () => split }, 'users', { rollback: true });
    assert.deepEqual(answer, { split: 'users', shared: told });
  }
});
