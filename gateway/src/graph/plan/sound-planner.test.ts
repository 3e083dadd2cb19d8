import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import type { PlanNode, Planner } from './plan.ts';
import { soundPlanner } from './sound-planner.ts';

const plan: PlanNode = { kind: 'sequence', nodes: [] };

test('a sound plan goes through; a wrong one is refused with its fault, for another planner to be asked', async () => {
  let closed = 0;
  const asked: unknown[][] = [];
  const planner: Planner = {
    async plan(...args) {
      asked.push(args);
      return plan;
    },
    close() {
      closed += 1;
    },
  };
  let fault: string | undefined;
  const sound = soundPlanner(planner, { fault: (seen) => (seen === plan ? fault : 'another plan') });
  assert.equal(await sound.plan('{ a }', 'Name'), plan);
  assert.deepEqual(asked[0]?.slice(0, 2), ['{ a }', 'Name']);
  fault = 'b cannot tell T.x';
  await assert.rejects(sound.plan('{ a }', undefined), (error) => {
    assert.ok(error instanceof FrontdeskError);
    assert.equal(error.code, 'invalid_query');
    assert.match(error.detail ?? '', /b cannot tell T\.x/);
    return true;
  });
  sound.close();
  assert.equal(closed, 1);
});
