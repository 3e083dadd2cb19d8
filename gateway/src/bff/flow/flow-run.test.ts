/** One run by itself: what is written down when. What becomes of it under failures is in the tests of crashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedFlow, type StepPlan, settle, TestProcess, World } from './flow.fixture.ts';

const plan = (name: string, kind: StepPlan['kind']): StepPlan => ({
  name,
  kind,
  repeatable: false,
  manner: 'works',
  undoFails: 0,
});

async function pointsOf(stages: readonly (readonly StepPlan[])[]): Promise<number> {
  const process = new TestProcess('p', new World({ flow: plannedFlow(stages), plans: stages.flat() }));
  await process.ask('k');
  await settle();
  return (process.points - 2 * stages.flat().length) / 2;
}

test('a run is written when it begins, before each stage that changes something, and when it ends', async () => {
  assert.equal(await pointsOf([[plan('a', 'read')]]), 2);
  assert.equal(await pointsOf([[plan('a', 'read')], [plan('b', 'effect')]]), 3);
  assert.equal(await pointsOf([[plan('a', 'effect')], [plan('b', 'effect')]]), 4);
  // The commit, and that the optional step may have been told.
  assert.equal(await pointsOf([[plan('a', 'effect')], [plan('b', 'optional')]]), 5);
});
