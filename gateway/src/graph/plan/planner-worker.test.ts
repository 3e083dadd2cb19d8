/** Apollo's planner by the protocol of its thread. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { companySupergraph } from '../testing/company.fixture.ts';
import { PLAIN } from './plan.ts';
import type { PlannerOrder } from './plan-protocol.ts';

const worker = new Worker(new URL('./planner-worker.ts', import.meta.url), { execArgv: [] });
after(() => worker.terminate());

async function ask(order: PlannerOrder): Promise<Record<string, unknown>> {
  worker.postMessage(order);
  const [report] = await once(worker, 'message');
  return report;
}

test('loads a supergraph, plans, and defers what is labelled', async () => {
  const plan = (document: string) =>
    ask({ kind: 'plan', id: 7, document, operationName: null, variant: PLAIN });
  assert.equal((await plan('{ me { id } }')).kind, 'unplannable');
  const loaded = await ask({ kind: 'load', supergraphSdl: await companySupergraph() });
  assert.equal(loaded.kind, 'loaded');
  assert.match(String(loaded.consumerSdl), /type Query/);
  const planned = await plan('{ me { id ... @defer(label: "x") { reviews { id } } } }');
  assert.deepEqual([planned.kind, planned.id], ['planned', 7]);
  assert.match(JSON.stringify(planned.plan), /"kind":"Defer".*"label":"x"/);
  assert.equal((await plan('{ nothing }')).kind, 'unplannable');
});
