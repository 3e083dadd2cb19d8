import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { policyFaults } from './policy-references.ts';
import { readYaml } from './yaml-source.ts';

test('policies, and the upstreams of decision points, must exist', () => {
  const faults = policyFaults(
    readYaml(
      'f',
      `upstreams: { opa: {} }
policies: { tenant: { allow: "true" }, ask: { opa: { upstream: opaa, path: a } } }
graph: { policies: [tenant, tennant], authorization: { policies: { tenant: {}, other: {} } } }
routes: [{ policies: [ask] }, { policies: [aks] }]
bffs: [{ policies: [none] }]
`,
    ).root,
  ).map(formatFault);
  assert.deepEqual(faults, [
    'f:3:29: graph.policies[1]: no policy is named "tennant"; did you mean "tenant"?',
    'f:4:44: routes[1].policies[0]: no policy is named "aks"; did you mean "ask"?',
    'f:5:21: bffs[0].policies[0]: no policy is named "none"; known: tenant, ask',
    'f:2:64: policies.ask.opa.upstream: no upstream is named "opaa"; did you mean "opa"?',
    'f:3:76: graph.authorization.policies.tenant: is a name under policies too: expected it in one place, for both answer the same @policy',
  ]);
});
