import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testContext } from './testing/company.fixture.ts';
import { makeSmallGraph, type SmallSubgraph } from './testing/small-graph.fixture.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@override"])\n';

const thing = (from: string) => () => ({
  __typename: 'Thing',
  id: '1',
  quarter: from,
  most: from,
  beta: from,
});

const SUBGRAPHS: Readonly<Record<string, SmallSubgraph>> = {
  old: {
    sdl: `${LINK} type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! quarter: String most: String beta: String }`,
    resolvers: { Query: { thing: thing('old') }, Thing: { __resolveReference: thing('old') } },
  },
  new: {
    sdl: `${LINK} type Thing @key(fields: "id") { id: ID!
      quarter: String @override(from: "old", label: "percent(25)")
      most: String @override(from: "old", label: "percent(75.5)")
      beta: String @override(from: "old", label: "beta") }`,
    resolvers: { Thing: { __resolveReference: thing('new') } },
  },
};

const QUERY = '{ thing { quarter most beta } }';

for (const planner of ['hive', 'apollo'] as const) {
  test(`${planner}: percentages are drawn for each request, labels are configured`, async () => {
    let draw = 0;
    const small = await makeSmallGraph(SUBGRAPHS, {
      config: { planner, overrides: { beta: 50 } },
      random: () => draw,
    });
    const ask = async (at: number): Promise<unknown> => {
      draw = at;
      const { body } = await small.graph.execute({ query: QUERY, context: testContext() });
      return Object.values(JSON.parse(body).data.thing);
    };
    // Twice: plans are kept, each for its own labels.
    for (const _ of [1, 2]) {
      assert.deepEqual(await ask(0), ['new', 'new', 'new']);
      assert.deepEqual(await ask(0.25), ['old', 'new', 'new']);
      assert.deepEqual(await ask(0.499), ['old', 'new', 'new']);
      assert.deepEqual(await ask(0.5), ['old', 'new', 'old']);
      assert.deepEqual(await ask(0.9), ['old', 'old', 'old']);
    }
    small.graph.close();
  });

  test(`${planner}: a label that nobody configures never holds, one that is on always does`, async () => {
    for (const [overrides, beta] of [
      [{}, 'old'],
      [{ beta: true }, 'new'],
      [{ beta: false }, 'old'],
    ] as const) {
      const small = await makeSmallGraph(SUBGRAPHS, { config: { planner, overrides }, random: () => 0.99 });
      const { body } = await small.graph.execute({ query: QUERY, context: testContext() });
      assert.equal(JSON.parse(body).data.thing.beta, beta);
      small.graph.close();
    }
  });
}
