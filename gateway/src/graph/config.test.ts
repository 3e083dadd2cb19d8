import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphConfig } from './config.ts';

test('defaults are the safe ones', () => {
  assert.deepEqual(graphConfig.parse({ supergraph: 'a.graphql' }), {
    path: '/graphql',
    supergraph: 'a.graphql',
    introspection: false,
    planBudget: 250,
    cache: 1000,
    maxBody: 256 * 1024,
    maxReply: 10 * 1024 ** 2,
    limits: { tokens: 1000, depth: 10, aliases: 30, rootFields: 20, directives: 50, selections: 2000 },
    charge: 'request',
    headers: { forward: [] },
    errors: { subgraphMessages: false, serviceNames: false, max: 50 },
  });
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
