import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN } from './plan.ts';
import type { PlannerReport } from './plan-protocol.ts';
import { type ImportPlanner, plannerService } from './planner-service.ts';

const order = (document: string) => ({
  kind: 'plan',
  id: 1,
  document,
  operationName: null,
  variant: PLAIN,
});

/** Gives the reports to these messages. */
async function reports(importPlanner: ImportPlanner<string>, ...messages: unknown[]) {
  const told: PlannerReport<string>[] = [];
  const serve = plannerService(importPlanner, (message) => told.push(message));
  for (const message of messages) await serve(message);
  return told;
}

const echo: ImportPlanner<string> = async () => (supergraphSdl) => {
  if (supergraphSdl === 'bad') throw new Error('no supergraph');
  return {
    consumerSdl: `schema of ${supergraphSdl}`,
    plan(document) {
      if (document === 'bad') throw new Error('no plan');
      return `plan of ${document}`;
    },
  };
};

test('loads, plans, and says why it cannot', async () => {
  assert.deepEqual(
    await reports(echo, order('early'), { kind: 'load', supergraphSdl: 's' }, order('a'), order('bad')),
    [
      { kind: 'unplannable', id: 1, reason: 'no supergraph is loaded' },
      { kind: 'loaded', consumerSdl: 'schema of s' },
      { kind: 'planned', id: 1, plan: 'plan of a' },
      { kind: 'unplannable', id: 1, reason: 'no plan' },
    ],
  );
});

test('a supergraph that is refused is told from a planner that is not there', async () => {
  const load = { kind: 'load', supergraphSdl: 'bad' };
  assert.deepEqual(await reports(echo, load), [{ kind: 'unloadable', reason: 'no supergraph', here: true }]);
  const absent: ImportPlanner<string> = () => Promise.reject(new Error('no build for this platform'));
  assert.deepEqual(await reports(absent, load), [
    { kind: 'unloadable', reason: 'no build for this platform', here: false },
  ]);
});

test('what is no order is not answered', async () => {
  assert.deepEqual(await reports(echo, 'hello', { kind: 'loaded' }, null), []);
});
