import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import type { PlanNode, Planner } from './plan.ts';
import { boundedPlanner } from './plan-queue.ts';

/** A planner whose plans end when told to. */
function slowPlanner(): { planner: Planner; started: string[]; finish: Map<string, () => void> } {
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const plan = (document: string) =>
    new Promise<PlanNode | undefined>((resolve) => {
      started.push(document);
      finish.set(document, () => resolve(undefined));
    });
  return { planner: { plan, close() {} }, started, finish };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a plan that takes longer than the budget is given up, and its place stays taken', async () => {
  const clock = new ManualClock();
  const { planner, started, finish } = slowPlanner();
  const bounded = boundedPlanner(planner, clock, 50);
  const first = bounded.plan('a', undefined);
  const second = bounded.plan('b', undefined);
  await turn();
  assert.deepEqual(started, ['a']);
  const refused = assert.rejects(first, { code: 'invalid_query' });
  clock.advance(50);
  await refused;
  assert.deepEqual(started, ['a']);
  finish.get('a')?.();
  await turn();
  assert.deepEqual(started, ['a', 'b']);
  finish.get('b')?.();
  await second;
  assert.equal(clock.pending, 0);
});

test("a planner's failure is passed on and frees its place", async () => {
  const bounded = boundedPlanner(
    { plan: () => Promise.reject(new Error('no')), close() {} },
    new ManualClock(),
    50,
  );
  for (let i = 0; i < 10; i++) await assert.rejects(bounded.plan('x', undefined), /no/);
});
