import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { limitFaults } from './limit-references.ts';
import { readYaml } from './yaml-source.ts';

const faultsOf = (text: string) => limitFaults(readYaml('f', text).root).map(formatFault);

test('policies, plans and routes that are named must exist', () => {
  const faults =
    faultsOf(`limits: { policies: { flood: { by: [address] }, daily: { by: [tenant] } }, everywhere: [floood] }
plans: { gold: { extends: golden, limitedBy: [dialy], routes: { /search: unlimited, /m/home: unlimited, /graphql: unlimited, /serch: unlimited } } }
graph: { limitedBy: [daily] }
routes: [{ match: { path: /search }, limitedBy: [flod] }]
bffs: [{ mount: /m, limitedBy: [none] }]
`);
  assert.deepEqual(faults, [
    'f:1:89: limits.everywhere[0]: no policy is named "floood"; did you mean "flood"?',
    'f:2:27: plans.gold.extends: no plan is named "golden"; did you mean "gold"?',
    'f:2:47: plans.gold.limitedBy[0]: no policy is named "dialy"; did you mean "daily"?',
    'f:2:134: plans.gold.routes./serch: no route has the path "/serch"; did you mean "/search"?',
    'f:4:50: routes[0].limitedBy[0]: no policy is named "flod"; did you mean "flood"?',
    'f:5:33: bffs[0].limitedBy[0]: no policy is named "none"; known: flood, daily',
  ]);
});

test('clients tell limits by their names: each is the name of one', () => {
  const faults = faultsOf(`limits: { policies: { gold: { by: [tenant] }, route: { by: [tenant] } } }
plans: { gold: { limit: unlimited } }
routes: [{ match: { path: /x }, limitedBy: [{ name: own }, { name: own }, { name: gold }] }]
`);
  assert.deepEqual(faults, [
    'f:1:29: limits.policies.gold: is the name of a plan too: expected another',
    "f:1:54: limits.policies.route: is what a route's own limit is called: expected another name",
    'f:3:68: routes[0].limitedBy[1].name: "own" is the name of another limit: expected one of its own',
    'f:3:83: routes[0].limitedBy[2].name: "gold" is the name of another limit: expected one of its own',
  ]);
});

test('what holds at the door is known there', () => {
  const faults = faultsOf(`limits:
  policies: { flood: { by: [address] }, all: { by: global }, daily: { by: [tenant] }, dear: { by: global, cost: graphql } }
  everywhere: [flood, all, daily, dear]
`);
  assert.deepEqual(faults, [
    'f:3:28: limits.everywhere[2]: comes before the caller and the route are known: expected one by [address] or global',
    'f:3:35: limits.everywhere[3]: comes before a cost is known: expected one with cost: request',
  ]);
});
