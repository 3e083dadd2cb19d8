/** What the random federations found, kept: the gateway answers each case as one ordinary server does, or refuses it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { composeFederation, type PlannerName, runFederation } from '../testing/federation-run.fixture.ts';
import { CASES, type NamedCase } from './difference-cases.fixture.ts';

const PLANNERS: readonly PlannerName[] = ['auto', 'hive', 'apollo'];

for (const named of CASES) {
  describe(named.fault, () => {
    for (const planner of PLANNERS) test(`planner ${planner}`, () => check(named, planner));
  });
}

async function check({ subgraphs, data, operations, unplannedBy }: NamedCase, planner: PlannerName) {
  const composed = await composeFederation(subgraphs);
  assert.ok('supergraphSdl' in composed, JSON.stringify(composed));
  const running = await runFederation(subgraphs, composed.supergraphSdl, planner);
  try {
    const expected = unplannedBy?.includes(planner) ? 'unplanned' : 'same';
    for (const operation of operations) {
      const difference = await running.difference(data, operation);
      assert.equal(difference.kind, expected, 'told' in difference ? difference.told : operation.query);
    }
  } finally {
    running.close();
  }
}
