/** Supergraphs of every version of the join specification, as the compositions of their time wrote them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { graphConfig } from '../config.ts';
import { createGraph } from '../graph.ts';
import { printPlan } from '../plan/plan-print.ts';
import { composeSupergraph } from './compose.ts';

const ADDRESSES = { items: 'http://a/graphql?x=1', extras: 'https://[::1]:4443/b' };

/** An operation that needs both subgraphs, and an entity of one from the other, is planned so. */
async function plansWhole(supergraphSdl: string): Promise<void> {
  const graph = await createGraph({
    config: graphConfig.parse({ supergraph: 'x', planBudget: '10s' }),
    supergraphSdl,
    callUpstream: () => assert.fail('nothing is fetched'),
    upstreamOf: (upstream) => ({ upstream, path: '/' }),
    clock: systemClock,
    meter: noMeter,
    logger: noLogger,
  });
  try {
    const addresses = Object.fromEntries(graph.subgraphs.map(({ name, url }) => [name, url]));
    assert.deepEqual(addresses, ADDRESSES);
    const plan = printPlan(await graph.plan('{ items { id name extra } news }'));
    for (const fetch of ['fetch items ', 'entities extras at items ', 'fetch extras ']) {
      assert.ok(plan.includes(fetch), plan);
    }
  } finally {
    graph.close();
  }
}

const JOIN_GRAPH = `
  directive @join__graph(name: String!, url: String!) on ENUM_VALUE
  scalar join__FieldSet
  enum join__Graph {
    ITEMS @join__graph(name: "items", url: "${ADDRESSES.items}")
    EXTRAS @join__graph(name: "extras", url: "${ADDRESSES.extras}")
  }`;

/** Federation 1 and the previews of 2: owners, and features by `@core`. */
const JOIN_0_1 = `
  schema @core(feature: "https://specs.apollo.dev/core/v0.1") @core(feature: "https://specs.apollo.dev/join/v0.1") { query: Query }
  directive @core(feature: String!) repeatable on SCHEMA
  directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
  directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE
  directive @join__owner(graph: join__Graph!) on OBJECT | INTERFACE
  ${JOIN_GRAPH}
  type Item @join__owner(graph: ITEMS) @join__type(graph: ITEMS, key: "id") @join__type(graph: EXTRAS, key: "id") {
    id: ID! @join__field(graph: ITEMS)
    name: String @join__field(graph: ITEMS)
    extra: String @join__field(graph: EXTRAS)
  }
  type Query { items: [Item] @join__field(graph: ITEMS) news: String @join__field(graph: EXTRAS) }`;

/** Federation 2.0. */
const JOIN_0_2 = `
  schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.2", for: EXECUTION) { query: Query }
  directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
  directive @join__field(graph: join__Graph!, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
  directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
  directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
  scalar link__Import
  enum link__Purpose { SECURITY EXECUTION }
  ${JOIN_GRAPH}
  type Item @join__type(graph: ITEMS, key: "id") @join__type(graph: EXTRAS, key: "id") {
    id: ID!
    name: String @join__field(graph: ITEMS)
    extra: String @join__field(graph: EXTRAS)
  }
  type Query @join__type(graph: ITEMS) @join__type(graph: EXTRAS) {
    items: [Item] @join__field(graph: ITEMS)
    news: String @join__field(graph: EXTRAS)
  }`;

/** By the version of federation that the subgraphs link to: what is composed of them has join 0.3, 0.4 or 0.5. */
const JOIN_VERSIONS = { '2.0': '0.3', '2.3': '0.3', '2.7': '0.4', '2.8': '0.5', '2.12': '0.5' };

async function composed(version: string): Promise<string> {
  const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v${version}", import: ["@key"])`;
  const types = {
    items: 'type Query { items: [Item] } type Item @key(fields: "id") { id: ID! name: String }',
    extras: 'type Query { news: String } type Item @key(fields: "id") { id: ID! extra: String }',
  };
  const result = await composeSupergraph([
    { name: 'items', url: ADDRESSES.items, sdl: `${link} ${types.items}` },
    { name: 'extras', url: ADDRESSES.extras, sdl: `${link} ${types.extras}` },
  ]);
  assert.ok('supergraphSdl' in result);
  return result.supergraphSdl;
}

describe('a supergraph is served, whichever version of the join specification it has', () => {
  test('0.1 and 0.2', async () => {
    await plansWhole(JOIN_0_2);
    await plansWhole(JOIN_0_1);
  });

  for (const [federation, join] of Object.entries(JOIN_VERSIONS)) {
    test(`${join}, of federation ${federation}`, async () => {
      const sdl = await composed(federation);
      assert.ok(sdl.includes(`specs.apollo.dev/join/v${join}`));
      await plansWhole(sdl);
    });
  }
});
