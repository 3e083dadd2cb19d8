import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { companySupergraph } from '../testing/company.fixture.ts';
import { PlannerProcess } from './planner-process.ts';

let supergraphSdl = '';
let planner: PlannerProcess;

before(async () => {
  supergraphSdl = await companySupergraph();
  planner = await PlannerProcess.start({ supergraphSdl });
});

after(() => planner.close());

/** Kills the planner's process as a panic would, while it is asked for a plan. */
async function planAndAbort(document: string): Promise<void> {
  const planned = planner.plan(document, null);
  const { pid } = planner;
  assert.ok(pid);
  process.kill(pid, 'SIGABRT');
  await assert.rejects(planned, { code: 'invalid_query' });
}

test('plans come back, several at once, and what has no plan says why', async () => {
  assert.match(planner.consumerSdl, /type Query/);
  const plans = await Promise.all(
    ['{ me { id } }', '{ me { name } }'].map((text) => planner.plan(text, null)),
  );
  assert.deepEqual(
    plans.map(({ node }) => node?.kind),
    ['Fetch', 'Fetch'],
  );
  await assert.rejects(planner.plan('{ nothing }', null), { code: 'invalid_query' });
  assert.equal((await planner.plan('{ me { id } }', null)).node?.kind, 'Fetch');
});

test('an operation that aborts the planner costs its own answer; the next one is planned', async () => {
  const before = planner.pid;
  await planAndAbort('{ me { id name } }');
  assert.equal(planner.pid, undefined);
  assert.equal((await planner.plan('{ me { id } }', null)).node?.kind, 'Fetch');
  assert.notEqual(planner.pid, before);
});

test('an operation that aborted the planner is not tried again', async () => {
  const deadly = '{ me { name id } }';
  await planAndAbort(deadly);
  await planner.plan('{ me { id } }', null);
  const { pid } = planner;
  await assert.rejects(planner.plan(deadly, null), { code: 'invalid_query' });
  assert.equal(planner.pid, pid);
});

test('a plan that does not end is ended with its process', async () => {
  const impatient = await PlannerProcess.start({ supergraphSdl, killAfterMs: 0 });
  const { pid } = impatient;
  assert.ok(pid);
  // Stopped, it cannot answer in time, whatever the machine's speed.
  process.kill(pid, 'SIGSTOP');
  await assert.rejects(impatient.plan('{ me { id } }', null), { code: 'invalid_query' });
  assert.equal(impatient.pid, undefined);
  impatient.close();
});

test('a supergraph that aborts the planner as it loads is an error, and the gateway lives', async () => {
  const noQuery = `
    schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
    enum join__Graph { A @join__graph(name: "a", url: "") }`;
  await assert.rejects(PlannerProcess.start({ supergraphSdl: noQuery }), Error);
});

test('a closed planner plans no more', async () => {
  const closed = await PlannerProcess.start({ supergraphSdl });
  closed.close();
  await assert.rejects(closed.plan('{ me { id } }', null));
});
