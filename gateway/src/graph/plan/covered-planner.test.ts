import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { coveredPlanner, wholePlanner } from './covered-planner.ts';
import type { PlanNode, Planner } from './plan.ts';

function planOf(operation: string): PlanNode {
  const request = { subgraph: 'a', operationKind: 'query' as const, operationName: undefined, variables: [] };
  return { kind: 'fetch', ...request, operation, path: [], outputRewrites: [] };
}

function planner(result: string | FrontdeskError): Planner {
  return {
    async plan() {
      if (result instanceof FrontdeskError) throw result;
      return planOf(result);
    },
    close() {},
  };
}

/** Takes `{whole}` for whole, and mends `{mended}`. */
const coverage = {
  complete: (_document: string, plan: PlanNode | undefined) => {
    const text = plan?.kind === 'fetch' ? plan.operation : '';
    if (text === '{mendable}') return { plan: planOf('{mended}'), missing: undefined };
    return { plan, missing: text === '{whole}' ? undefined : 'T.f at /f' };
  },
};

async function operationOf(made: Planner): Promise<string> {
  const plan = await made.plan('{f}', undefined);
  return plan?.kind === 'fetch' ? plan.operation : '';
}

const none = new FrontdeskError('invalid_query', { detail: 'no plan' });

test('the second planner is asked only where a plan cannot be made whole', async () => {
  const heard: string[] = [];
  const of = (first: string, second: string | FrontdeskError) =>
    operationOf(coveredPlanner(planner(first), planner(second), coverage, (reason) => heard.push(reason)));
  assert.equal(await of('{whole}', none), '{whole}');
  assert.equal(await of('{mendable}', none), '{mended}');
  assert.deepEqual(heard, []);
  assert.equal(await of('{part}', '{whole}'), '{whole}');
  assert.equal(await of('{part}', none), '{part}');
  assert.deepEqual(heard, Array(2).fill('the plan leaves out T.f at /f'));
});

test('a rejection of the first planner is the caller’s to hear', async () => {
  await assert.rejects(operationOf(coveredPlanner(planner(none), planner('{whole}'), coverage)), none);
});

test('where plans must be whole, another is refused with what it lacks', async () => {
  assert.equal(await operationOf(wholePlanner(planner('{mendable}'), coverage)), '{mended}');
  await assert.rejects(operationOf(wholePlanner(planner('{part}'), coverage)), {
    code: 'invalid_query',
    detail: 'no subgraph can be asked for T.f at /f',
  });
});
