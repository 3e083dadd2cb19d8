import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Company, makeCompany } from './testing/company.fixture.ts';
import { randomOperation } from './testing/operation.fixture.ts';
import { Choice } from './testing/random-choice.fixture.ts';

const runs = Number(process.env.FRONTDESK_DIFFERENCE_RUNS ?? 300);

for (const planner of ['auto', 'apollo'] as const) {
  test(`random operations, planner ${planner}: the answer is that of one ordinary server over the same data`, async () => {
    const limits = { aliases: 1000, directives: 1000, depth: 50, cost: 'unlimited' };
    const company = await makeCompany({ config: { limits, planner, apolloPlanBudget: '30s' } });
    // Apollo's planner takes longer by an order of magnitude.
    const numRuns = planner === 'auto' ? runs : Math.ceil(runs / 3);
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const choice = new Choice((min, max) => gen(fc.integer, { min, max }));
        const operation = randomOperation(company.graph.schema, choice);
        if (operation) await compare(company, operation.query, { ...operation.variables });
      }),
      { numRuns },
    );
    company.graph.close();
  });
}

async function compare(company: Company, query: string, variables: Record<string, unknown>): Promise<void> {
  const ours = await company.graph.executeObject({ query, variables, context: company.context() });
  assert.ok('data' in ours, `${query}\n${JSON.stringify(ours.errors)}`);
  const text = await company.graph.execute({ query, variables, context: company.context() });
  const theirs = await company.monolith(query, variables);
  const told = `${query}\n${JSON.stringify(variables)}\n${JSON.stringify(company.calls.slice(-6).map((call) => [call.subgraph, call.body]))}`;
  assert.equal(JSON.stringify(ours.data), JSON.stringify(theirs.data), told);
  assert.equal(JSON.stringify(JSON.parse(text.body).data), JSON.stringify(theirs.data), told);
  const ourPaths = nullsTold(ours.errors, theirs.data);
  const theirPaths = nullsTold(theirs.errors, theirs.data);
  assert.deepEqual(ourPaths, theirPaths, told);
}

/**
 * The nulls that errors explain. Where an entity failed, fields that another fetch would have brought for it fail as
 * well: below a null that is told already they are no difference.
 */
function nullsTold(
  errors: readonly { readonly path?: readonly (string | number)[] | undefined }[] | undefined,
  data: unknown,
): string[] {
  const nulls = (errors ?? []).map(({ path = [] }) => {
    let value: unknown = data;
    for (const [index, key] of path.entries()) {
      if (value === null) return JSON.stringify(path.slice(0, index));
      value = Reflect.get(Object(value), key);
    }
    return JSON.stringify(path);
  });
  return [...new Set(nulls)].sort();
}
