import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aggregateFaults } from './aggregate-references.ts';
import { formatFault } from './fault.ts';
import { readYaml } from './yaml-source.ts';

const check = (text: string): string[] => aggregateFaults(readYaml('f', text).root).map(formatFault);

const routed = (path: string, parts: string): string => `
upstreams: { users: { url: "http://u" } }
routes:
  - match: { path: ${path} }
    to:
      aggregate:
        parts:
          ${parts}
`;

test('parts of upstreams that are not there, and of a graph that is not', () => {
  assert.deepEqual(check(routed('/x', 'a: { upstream: user, path: /x }')), [
    'f:8:26: routes[0].to.aggregate.parts.a.upstream: no upstream is named "user"; did you mean "users"?',
  ]);
  const graphed = routed('/x', 'a: { graph: { operation: "{ a }" } }');
  assert.deepEqual(check(graphed), [
    'f:8:23: routes[0].to.aggregate.parts.a.graph: needs the section "graph", which is not there',
  ]);
  assert.deepEqual(check(`${graphed}graph: { supergraph: s }\n`), []);
});

test('parameters that the path does not have, wherever a part asks for them', () => {
  const good = 'a: { upstream: users, path: "/{params.id}/{params.id?}", body: ["{params.id}", 1, "{"] }';
  assert.deepEqual(check(routed('/x/:id', good)), []);
  const lost =
    'a: { upstream: users, path: "/{params.no}", query: { q: "{params.no?}" }, body: ["{params.no}"] }';
  assert.deepEqual(
    check(routed('/x/:id', lost)).map((fault) =>
      fault.replace(/^f:8:\d+: routes\[0\].to.aggregate.parts./, ''),
    ),
    ['a.path', 'a.query.q', 'a.body[0]'].map((at) => `${at}: the path "/x/:id" has no parameter "no"`),
  );
  const regex = routed(
    '{ regex: "/(?<no>[0-9]+)" }',
    'a: { upstream: users, path: "/{params.no}{params.yes}" }',
  );
  assert.match(check(regex).join(), /^[^\n]*regular expression [^\n]* has no parameter "yes"$/);
});

test('identities where nobody is asked who they are', () => {
  const part =
    'a: { upstream: users, path: "/", query: { a: "{identity.subject?}", b: "{identity.subject}" } }';
  assert.deepEqual(check(routed('/x', part)), []);
  assert.deepEqual(check(`${routed('/x', part)}    auth: none\n`), [
    'f:8:82: routes[0].to.aggregate.parts.a.query.b: {identity.subject} never has a value where auth is none',
  ]);
});

test('none where there are no aggregates, or none that can be read', () => {
  assert.deepEqual(check('routes: [{ to: { upstream: x } }]'), []);
  assert.deepEqual(check('routes: [{ to: { aggregate: { parts: [] } } }]'), []);
  assert.deepEqual(check('routes: [{ to: { aggregate: { parts: { a: { path: "/{params.x}" } } } } }]'), []);
});
