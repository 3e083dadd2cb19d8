/** The planner's process by its own protocol. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { companySupergraph } from '../testing/company.fixture.ts';
import { PLAIN } from './plan.ts';
import type { PlannerOrder } from './plan-protocol.ts';

const child: ChildProcess = fork(new URL('./planner-child.ts', import.meta.url), {
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
after(() => child.kill());

async function ask(order: PlannerOrder): Promise<Record<string, unknown>> {
  child.send(order);
  const [report] = await once(child, 'message');
  return report;
}

test('before a supergraph is loaded nothing is planned; a bad one is refused; a good one plans', async () => {
  const order: PlannerOrder = {
    kind: 'plan',
    id: 7,
    document: '{ me { id } }',
    operationName: null,
    variant: PLAIN,
  };
  assert.deepEqual(await ask(order), { kind: 'unplannable', id: 7, reason: 'no supergraph is loaded' });
  assert.equal((await ask({ kind: 'load', supergraphSdl: 'type {' })).kind, 'unloadable');
  assert.equal((await ask({ kind: 'load', supergraphSdl: await companySupergraph() })).kind, 'loaded');
  const planned = await ask(order);
  assert.deepEqual([planned.kind, planned.id], ['planned', 7]);
});

test('it ends when the gateway is gone', async () => {
  const exited = once(child, 'exit');
  child.disconnect();
  assert.deepEqual(await exited, [0, null]);
});
