import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphConfig } from './config.ts';

test('defaults are the safe ones', () => {
  const config = graphConfig.parse({ supergraph: 'a.graphql' });
  // Each feature's own defaults are its own test's matter; these say what a stranger may do to us.
  assert.partialDeepStrictEqual(config, {
    path: '/graphql',
    supergraph: 'a.graphql',
    introspection: false,
    planBudget: 250,
    cache: 1000,
    cacheBytes: 256 * 1024 ** 2,
    documents: { automatic: true, invalid: 'warn' },
    maxBody: 256 * 1024,
    maxReply: 10 * 1024 ** 2,
    limits: {
      tokens: 1000,
      registeredTokens: 5000,
      depth: 10,
      aliases: 30,
      rootFields: 20,
      directives: 50,
      selections: 2000,
      valueDepth: 20,
      listItems: 1000,
      listSize: 1000,
      cost: 50_000,
    },
    extensions: { cost: true, plan: false, timeline: false },
    charge: 'request',
    errors: { subgraphMessages: false, serviceNames: false, max: 50 },
  });
  assert.equal(config.batching, undefined);
  assert.equal(config.documents.only, undefined);
});

test('unknown keys and senseless values are refused', () => {
  for (const wrong of [
    { limit: 1 },
    { planBudget: 50 },
    { limits: { depth: 0 } },
    { limits: { depht: 3 } },
    { path: 'graphql' },
    { headers: { forward: ['a b'] } },
  ]) {
    assert.equal(graphConfig.safeParse({ supergraph: 'a', ...wrong }).success, false, JSON.stringify(wrong));
  }
});
