import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { routeReferences } from './route-references.ts';
import { readYaml } from './yaml-source.ts';

function check(text: string) {
  const { faults, warnings } = routeReferences(readYaml('f', text).root);
  return { faults: faults.map(formatFault), warnings: warnings.map(formatFault) };
}

test('two routes that can never be told apart are shown both, however they are written', () => {
  const { faults } = check(`
routes:
  - match: { path: "/a/:id", headers: { X-Beta: "on" } }
  - match: { path: "/a/:key", headers: { x-beta: { pattern: "on" } } }
  - match: { path: { regex: "/b+" } }
  - { match: { path: { regex: "/bb*" } } }
  - match: { path: "/a/:key", headers: { x-beta: "off" } }
`);
  assert.deepEqual(faults, [
    'f:4:12: routes[1].match: takes the same requests as the route at f:3, /a/:id where header x-beta is "on"',
    'f:6:14: routes[3].match: takes the same requests as the route at f:5, ~/b+',
  ]);
});

test('a route that is never asked, and two of which only the order decides, are warned of', () => {
  const { faults, warnings } = check(`
routes:
  - match: { path: /a, priority: 1 }
  - match: { path: /a, headers: { x: "1" } }
  - match: { path: /b, headers: { x: "1" } }
  - match: { path: /b, cookies: { c: "1" } }
`);
  assert.deepEqual(faults, []);
  assert.deepEqual(warnings, [
    'f:4:12: routes[1].match: is never asked: the route at f:3, /a where priority 1, takes all its requests',
    'f:6:12: routes[3].match: a request may meet the conditions of the route at f:5 too, and is taken by that: give one a priority',
  ]);
});

test('what routes name must be configured', () => {
  const { faults } = check(`
routing: { clientTypes: { mobile: [{ headers: { x-c: m } }] } }
routes:
  - match: { path: /a, clientType: mobil }
  - match: { path: /b, version: "2" }
  - match: { path: /c, tenant: acme }
  - match: { path: /d, headers: { X_Tenant: acme } }
`);
  assert.deepEqual(faults, [
    'f:4:36: routes[0].match.clientType: no type is named "mobil" under routing.clientTypes; did you mean "mobile"?',
    'f:5:33: routes[1].match.version: needs "routing.versions", which says where a request states its version',
    'f:6:32: routes[2].match.tenant: needs "routing.tenant", which says where a request states its tenant',
    'f:7:35: routes[3].match.headers.X_Tenant: is taken away from every request before it is matched, because backends trust it',
  ]);
});

test('a tenant needs its parameter, and authentication', () => {
  const { faults } = check(`
routing: { tenant: { param: tenant } }
routes:
  - match: { path: "/t/:tenant/*", tenant: { present: true } }
  - match: { path: "/t/:other", tenant: acme }
  - match: { path: "/u/:tenant", tenant: acme }
    auth: none
`);
  assert.deepEqual(
    faults.map((fault) => fault.replace(/^f:\d+:\d+: /, '')),
    [
      'routes[1].match.tenant: is stated by the parameter ":tenant", which this path does not have',
      'routes[2].match.tenant: is confirmed by authentication: expected auth to be something else than none',
    ],
  );
});

test('templates hold the parameters of the path alone', () => {
  const { faults } = check(`
routes:
  - { match: { path: "/a/:id/*" }, to: { upstream: u, rewrite: "/b/:id/*", query: { set: { a: ":id", b: ":no" } } } }
  - { match: { path: "/b/:id" }, to: { upstream: u, rewrite: "/b/:key/*" } }
  - { match: { path: { regex: "/c/(?<n>.*)" } }, to: { redirect: { location: "https://h/:n/:m" } } }
  - { match: { path: "/d/:id" }, to: { upstream: u, rewrite: "/b/{id}" } }
  - { match: { path: "/e/:id" }, to: { redirect: { location: "/b/{params.id}" } } }
`);
  assert.deepEqual(
    faults.map((fault) => fault.replace(/^f:\d+:\d+: /, '')),
    [
      'routes[0].to.query.set.b: the path "/a/:id/*" has no parameter "no"',
      'routes[1].to.rewrite: the path "/b/:id" has no parameter "key"',
      'routes[1].to.rewrite: the path "/b/:id" has no * at its end',
      'routes[2].to.redirect.location: the regular expression "/c/(?<n>.*)" has no parameter "m"',
      'routes[3].to.rewrite: {id} is no parameter here: write :id',
      'routes[4].to.redirect.location: {params.id} is no parameter here: write :id',
    ],
  );
});

test('what a target has no use for is a fault, not silently nothing', () => {
  const { faults } = check(`
routes:
  - { match: { path: /a }, to: { fixed: {} }, timeout: 1s, response: { strip: [ssn] } }
  - { match: { path: /b }, to: { graph: true }, response: { strip: [ssn] }, deadline: 1s }
  - { match: { path: /c }, to: { redirect: { location: /d } }, timeout: 1s }
  - { match: { path: /e }, to: { exchange: {} }, timeout: 1s, response: { strip: [ssn] } }
  - { match: { path: /f }, to: { upstream: u }, timeout: 1s, response: { strip: [ssn] } }
`);
  assert.deepEqual(
    faults.map((fault) => fault.replace(/^f:\d+:\d+: /, '')),
    [
      'routes[0].timeout: limits an attempt at an upstream, which a route to "fixed" has not: use deadline',
      'routes[0].response.strip: takes nothing out of what "fixed" answers',
      'routes[1].response.strip: takes nothing out of what "graph" answers',
      'routes[2].timeout: limits an attempt at an upstream, which a route to "redirect" has not: use deadline',
      'routes[3].timeout: limits an attempt at an upstream, which a route to "exchange" has not: use deadline',
    ],
  );
});
