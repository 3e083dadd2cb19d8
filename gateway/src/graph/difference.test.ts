import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Company, makeCompany } from './testing/company.fixture.ts';
import { randomOperation } from './testing/operation.fixture.ts';
import { Choice } from './testing/random-choice.fixture.ts';

const runs = Number(process.env.FRONTDESK_DIFFERENCE_RUNS ?? 300);

test('random operations: the answer is that of one ordinary server over the same data', async () => {
  const company = await makeCompany({ config: { limits: { aliases: 1000, directives: 1000, depth: 50 } } });
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (gen) => {
      const choice = new Choice((min, max) => gen(fc.integer, { min, max }));
      const operation = randomOperation(company.graph.schema, choice);
      if (!operation) return;
      if (await compare(company, operation.query, { ...operation.variables })) compared += 1;
    }),
    { numRuns: runs },
  );
  assert.ok(compared > runs / 4, `only ${compared} of ${runs} operations could be compared`);
});

async function compare(
  company: Company,
  query: string,
  variables: Record<string, unknown>,
): Promise<boolean> {
  const ours = await company.graph.executeObject({ query, variables, context: company.context() });
  if (!('data' in ours)) {
    // The planner gives up on some operations; everything else must be answered.
    const codes = (ours.errors ?? []).map((error) => error.extensions.code);
    assert.deepEqual(codes, ['INVALID_QUERY'], JSON.stringify(ours.errors));
    assert.equal(
      ours.errors?.[0]?.message,
      'The GraphQL request is invalid',
      `${query} ${JSON.stringify(ours)}`,
    );
    return false;
  }
  const text = await company.graph.execute({ query, variables, context: company.context() });
  const theirs = await company.monolith(query, variables);
  const told = `${query}\n${JSON.stringify(variables)}\n${JSON.stringify(company.calls.slice(-6).map((call) => [call.subgraph, call.body]))}`;
  assert.equal(JSON.stringify(ours.data), JSON.stringify(theirs.data), told);
  assert.equal(JSON.stringify(JSON.parse(text.body).data), JSON.stringify(theirs.data), told);
  const ourPaths = (ours.errors ?? []).map((error) => JSON.stringify(error.path)).sort();
  const theirPaths = (theirs.errors ?? []).map((error) => JSON.stringify(error.path)).sort();
  assert.deepEqual(ourPaths, theirPaths, told);
  return true;
}
