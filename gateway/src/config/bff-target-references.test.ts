import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bffTargetFaults } from './bff-target-references.ts';
import { formatFault } from './fault.ts';
import { readYaml } from './yaml-source.ts';

it('a route leads to a BFF that there is, by its package or its name, and that runs inside', () => {
  const text = `bffs:
  - { package: "@acme/rides", mount: /mobile/rides }
  - { package: "@acme/web", mount: /web, process: {} }
  - { url: "http://127.0.0.1:4020", mount: /far }
routes:
  - { match: { path: /1 }, to: { bff: "@acme/rides", flow: a } }
  - { match: { path: /2 }, to: { bff: mobile-rides, flow: a } }
  - { match: { path: /3 }, to: { bff: "@acme/ride", flow: a } }
  - { match: { path: /4 }, to: { bff: web, flow: a } }
  - { match: { path: /5 }, to: { bff: far, flow: a } }
  - { match: { path: /6 }, to: { fixed: {} } }
`;
  const apart =
    'runs in a process of its own, which alone knows its operations: expected one that runs inside';
  assert.deepEqual(bffTargetFaults(readYaml('f', text).root).map(formatFault), [
    'f:8:39: routes[2].to.bff: no BFF is named "@acme/ride"; did you mean "@acme/rides"?',
    `f:9:39: routes[3].to.bff: the BFF "web" ${apart}`,
    `f:10:39: routes[4].to.bff: the BFF "far" ${apart}`,
  ]);
});
