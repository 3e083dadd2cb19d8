import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { companySupergraph } from '../testing/company.fixture.ts';
import { PLAIN } from './plan.ts';
import { apolloHost } from './plan-apollo.ts';
import { hiveHost } from './plan-hive.ts';

let supergraphSdl = '';
let planner: ReturnType<typeof hiveHost>;

before(async () => {
  supergraphSdl = await companySupergraph();
  planner = hiveHost(supergraphSdl);
  await planner.ready();
});

after(() => planner.close());

/** Kills the planner's process as a panic would, while it is asked for a plan. */
async function planAndAbort(document: string): Promise<void> {
  const planned = planner.plan(document, null, PLAIN);
  const { id } = planner;
  assert.ok(id);
  process.kill(id, 'SIGABRT');
  await assert.rejects(planned, { code: 'invalid_query' });
}

async function plansAndRefuses(
  host: ReturnType<typeof hiveHost> | ReturnType<typeof apolloHost>,
): Promise<void> {
  assert.match(await host.ready(), /type Query/);
  const plans = await Promise.all(
    ['{ me { id } }', '{ me { name } }'].map((text) => host.plan(text, null, PLAIN)),
  );
  assert.deepEqual(
    plans.map(({ node }) => node?.kind),
    ['Fetch', 'Fetch'],
  );
  await assert.rejects(host.plan('{ nothing }', null, PLAIN), { code: 'invalid_query' });
  assert.equal((await host.plan('{ me { id } }', null, PLAIN)).node?.kind, 'Fetch');
}

test('plans come back, several at once, and what has no plan says why: process and thread', async () => {
  await plansAndRefuses(planner);
  const thread = apolloHost(supergraphSdl);
  assert.equal(thread.id, undefined);
  await plansAndRefuses(thread);
  thread.close();
});

test('an operation that aborts the planner costs its own answer; the next one is planned', async () => {
  const before = planner.id;
  await planAndAbort('{ me { id name } }');
  assert.equal(planner.id, undefined);
  assert.equal((await planner.plan('{ me { id } }', null, PLAIN)).node?.kind, 'Fetch');
  assert.notEqual(planner.id, before);
});

test('an operation that aborted the planner is not tried again', async () => {
  const deadly = '{ me { name id } }';
  await planAndAbort(deadly);
  await planner.plan('{ me { id } }', null, PLAIN);
  const { id } = planner;
  await assert.rejects(planner.plan(deadly, null, PLAIN), { code: 'invalid_query' });
  assert.equal(planner.id, id);
});

test('a plan that does not end is ended with its process', async () => {
  const impatient = hiveHost(supergraphSdl, 0);
  await impatient.ready();
  const { id } = impatient;
  assert.ok(id);
  // Stopped, it cannot answer in time, whatever the machine's speed.
  process.kill(id, 'SIGSTOP');
  await assert.rejects(impatient.plan('{ me { id } }', null, PLAIN), { code: 'invalid_query' });
  assert.equal(impatient.id, undefined);
  impatient.close();
});

test('a plan that does not end is ended with its thread, and another thread plans the next', async () => {
  const deep = (levels: number): string =>
    levels === 0 ? 'id' : `friends { ${deep(levels - 1)} best { id name } }`;
  const impatient = apolloHost(supergraphSdl, 0);
  await impatient.ready();
  await assert.rejects(impatient.plan(`{ me { ${deep(40)} } }`, null, PLAIN), { code: 'invalid_query' });
  assert.equal(impatient.id, undefined);
  assert.match(await impatient.ready(), /type Query/);
  assert.notEqual(impatient.id, undefined);
  impatient.close();
});

test('a supergraph that aborts the planner as it loads is an error, and the gateway lives', async () => {
  const noQuery = `
    schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
    enum join__Graph { A @join__graph(name: "a", url: "") }`;
  for (const host of [hiveHost(noQuery), apolloHost(noQuery)]) {
    await assert.rejects(host.ready(), { here: true });
    await assert.rejects(host.plan('{ a }', null, PLAIN), { code: 'invalid_query' });
    host.close();
  }
});

test('a closed planner plans no more', async () => {
  const closed = hiveHost(supergraphSdl);
  await closed.ready();
  closed.close();
  await assert.rejects(closed.plan('{ me { id } }', null, PLAIN));
});
