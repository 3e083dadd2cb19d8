import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { checkReferences } from './references.ts';
import { readYaml } from './yaml-source.ts';

function faultsOf(text: string): string[] {
  return checkReferences(readYaml('f', text).root).faults.map(formatFault);
}

test('a template asks for parameters that its path has', () => {
  const faults = faultsOf(`
routes:
  - match: { path: "/a/:id/*" }
    request: { headers: { set: { x-a: "{params.id}{params.*}", x-b: "{params.key}" } } }
    response: { headers: { add: { x-c: "{params.nope}" } } }
  - match: { path: { regex: "/b/(?<id>.*)" } }
    request: { json: { set: { a: "{params.id}" } } }
`);
  assert.deepEqual(faults, [
    'f:4:69: routes[0].request.headers.set.x-b: the path "/a/:id/*" has no parameter "key"',
    'f:5:40: routes[0].response.headers.add.x-c: the path "/a/:id/*" has no parameter "nope"',
  ]);
});

test('no rule sets what tells backends who is asking', () => {
  const faults = faultsOf(`
identityHeaders: { user: X-Login }
upstreams: { u: { request: { headers: { set: { x_login: root } } } } }
routes: [{ match: { path: /a }, request: { headers: { rename: { x-a: x-login } } } }]
`);
  assert.equal(faults.length, 2);
  assert.match(faults.join('\n'), /upstreams\.u\.request\.headers\.set\.x_login: tells who is asking/);
  assert.match(faults.join('\n'), /routes\[0\]\.request\.headers\.rename\.x-a: tells who is asking/);
});
