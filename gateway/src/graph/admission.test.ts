import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Admission } from './admission.ts';
import { ClientDocuments } from './client-documents.ts';
import { graphConfig } from './config.ts';
import type { GraphRequest } from './request.ts';
import { testContext } from './testing/company.fixture.ts';
import { makeOperations } from './testing/operations.fixture.ts';

const QUERY = 'query($n: Int = 7) { topProducts(first: $n) { upc } }';

async function admission(given: Record<string, unknown> = {}) {
  const plans: string[] = [];
  const { operations } = await makeOperations(given, plans);
  const config = graphConfig.parse({ supergraph: 'x', ...given });
  const documents = new ClientDocuments(operations, { config, clock: new ManualClock(), logger: noLogger });
  const entry = new Admission(operations, documents, config);
  const admit = (more: Partial<GraphRequest>, trusted = false) =>
    entry.admit({ query: QUERY, context: testContext(), ...more }, trusted);
  return { admit, plans };
}

function drawing(limit = Number.POSITIVE_INFINITY) {
  const drawn: number[] = [];
  const charge = async (tokens: number): Promise<void> => {
    drawn.push(tokens);
    if (drawn.reduce((sum, one) => sum + one) > limit) throw new FrontdeskError('rate_limited');
  };
  return { drawn, charge };
}

test('one token before any work, the rest of the cost before anything is planned', async () => {
  const { admit, plans } = await admission({ charge: 'cost' });
  for (const [paid, expected] of [
    [true, [6]],
    [false, [1, 6]],
  ] as const) {
    const { drawn, charge } = drawing();
    await admit({ charge, paid });
    assert.deepEqual(drawn, expected);
  }
  const poor = drawing(5);
  await assert.rejects(admit({ charge: poor.charge }), { code: 'rate_limited' });
  assert.deepEqual(poor.drawn, [1, 6]);
  // What is refused for its form costs what it took to look at it.
  const refused = drawing();
  await admit({ query: '{ nothing }', charge: refused.charge });
  assert.deepEqual(refused.drawn, [1]);
  const empty = drawing(0);
  await assert.rejects(admit({ query: '{', charge: empty.charge }), { code: 'rate_limited' });
  assert.deepEqual(plans, []);
});

test('limits by operation are drawn from when it is known; what clients name as they like is one operation', async () => {
  const { admit, plans } = await admission();
  const drawn: string[] = [];
  await admit({ chargeOperation: async (operation) => void drawn.push(operation) });
  await admit({ query: '{ nothing }', chargeOperation: async (operation) => void drawn.push(operation) });
  assert.deepEqual(drawn, ['']);
  const refusing = async (): Promise<void> => Promise.reject(new FrontdeskError('rate_limited'));
  const before = plans.length;
  await assert.rejects(admit({ chargeOperation: refusing }), { code: 'rate_limited' });
  assert.equal(plans.length, before);
});

test('by the request: one token, whatever it costs', async () => {
  const { admit } = await admission();
  const { drawn, charge } = drawing();
  await admit({ charge });
  await admit({ charge, paid: true });
  assert.deepEqual(drawn, [1]);
});

test('a cost over the budget is refused with both numbers, by variables as well', async () => {
  const { admit } = await admission({ limits: { cost: 8 } });
  assert.ok('variables' in (await admit({ variables: { n: 8 } })));
  const dear = await admit({ variables: { n: 9 } });
  assert.ok('refusal' in dear);
  assert.deepEqual(dear.refusal.errors[0]?.extensions, { code: 'COST_LIMIT_EXCEEDED', cost: 9, limit: 8 });
});

test('code of this process is held to no budget', async () => {
  const { admit } = await admission({ limits: { cost: 8 }, documents: { only: 'registered' } });
  assert.ok('variables' in (await admit({ variables: { n: 900 } }, true)));
  const client = await admit({ variables: { n: 1 } });
  assert.ok('refusal' in client);
});

test('where nothing asks for a cost, none is reckoned', async () => {
  const { admit } = await admission({ limits: { cost: 'unlimited', listSize: 'unlimited' } });
  const admitted = await admit({ variables: { n: 1_000_000 } });
  assert.ok('cost' in admitted && admitted.cost === undefined);
});
