import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedFlow, type StepPlan, settle, TestProcess, World } from './flow.fixture.ts';

const plan = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({
  name,
  kind: 'effect',
  repeatable: false,
  manner: 'works',
  undoFails: 0,
  ...more,
});

async function callsOf(plans: readonly StepPlan[]) {
  const world = new World({ flow: plannedFlow(plans.map((one) => [one])), plans });
  const asked = new TestProcess('p', world).ask('k', { deadlineMs: 60_000 });
  for (let ms = 0; ms < 20_000; ms += 100) {
    await settle();
    world.clock.advance(100);
  }
  const { outcome } = await asked;
  assert.equal(outcome.kind, 'failed');
  assert.equal(world.books.there.size, 0);
  return world.books.calls.map(({ what, key }) => `${what} ${key.split('-').at(-1)}`);
}

test('of a step whose answer was lost a repeatable one is asked again before it is undone, another is not', async () => {
  assert.deepEqual(await callsOf([plan('a'), plan('b', { manner: 'lost' })]), [
    'work a',
    'work b',
    'undo b',
    'undo a',
  ]);
  const again = ['work a', 'work b', 'work b', 'undo b', 'undo a'];
  assert.deepEqual(await callsOf([plan('a'), plan('b', { manner: 'lost', repeatable: true })]), again);
});

test('a step that was refused is not asked again, and its key is closed', async () => {
  const refused = plan('b', { manner: 'refused', repeatable: true });
  assert.deepEqual(await callsOf([plan('a'), refused]), ['work a', 'work b', 'undo b', 'undo a']);
});

test('an undo is tried until it works, and earlier steps wait for it', async () => {
  const plans = [plan('a'), plan('b', { undoFails: 2 }), plan('c', { manner: 'refused' })];
  const undone = ['undo c', 'undo b', 'undo b', 'undo b', 'undo a'];
  assert.deepEqual(await callsOf(plans), ['work a', 'work b', 'work c', ...undone]);
});
