import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { checkReferences, type World } from './references.ts';
import { readYaml } from './yaml-source.ts';

function check(text: string, world: World = {}) {
  const { faults, warnings } = checkReferences(readYaml('f', text).root, world);
  return { faults: faults.map(formatFault), warnings: warnings.map(formatFault) };
}

test('a name must be one that exists, and the nearest is offered', () => {
  const { faults } = check(`
upstreams: { users: {} }
auth: { apiKey: {} }
plans: { free: {} }
consumers: [{ id: a, plan: fee, clients: [x] }]
routes:
  - { match: { path: /a }, to: { upstream: usrs }, auth: [jwt, apiKey] }
  - { match: { path: /b }, to: { graph: true } }
  - { match: { path: /c }, to: { exchange: { upstream: usrs } } }
`);
  assert.deepEqual(faults, [
    'f:7:44: routes[0].to.upstream: no upstream is named "usrs"; did you mean "users"?',
    'f:7:59: routes[0].auth[0]: the scheme "jwt" is not configured under auth; known: apiKey',
    'f:8:41: routes[1].to.graph: needs the section "graph", which is not there',
    'f:9:56: routes[2].to.exchange.upstream: no upstream is named "usrs"; did you mean "users"?',
    'f:5:28: consumers[0].plan: no plan is named "fee"; did you mean "free"?',
  ]);
});

test('two schemes that read one field cannot both be met', () => {
  const routes = '\nroutes: [{ match: { path: /a }, to: {}, auth: { all: [jwt, introspection] } }]\n';
  assert.deepEqual(check(`auth: { jwt: {}, introspection: {} }${routes}`).faults, [
    'f:2:54: routes[0].auth.all: can be met by no request: jwt and introspection read the same field',
  ]);
  assert.deepEqual(check(`auth: { jwt: {}, introspection: {} }${routes.replace('all', 'any')}`).faults, []);
});

test('scopes are asked only of those who can prove who they are', () => {
  const open = `
  - { match: { path: /a }, to: {}, auth: none, scopes: [x] }
  - { match: { path: /b }, to: {}, auth: none, scopes: [] }
  - { match: { path: /c }, to: {}, scopes: [x] }
`;
  assert.deepEqual(check(`auth: { apiKey: {} }\nroutes:${open}`).faults, [
    'f:3:56: routes[0].scopes: can be had by nobody: auth is none, so no caller has any scope',
  ]);
  assert.deepEqual(check(`graph: { scopes: [x] }\nroutes:${open}`).faults, [
    'f:3:56: routes[0].scopes: can be had by nobody: auth is none, so no caller has any scope',
    'f:5:44: routes[2].scopes: can be had by nobody: nothing is configured under auth, so no caller has any scope',
    'f:1:18: graph.scopes: can be had by nobody: nothing is configured under auth, so no caller has any scope',
  ]);
  assert.deepEqual(
    check(
      `auth: { jwt: {} }\nroutes:\n  - { match: { path: /a }, to: {}, auth: [anonymous, jwt], scopes: [x] }\n`,
    ).faults,
    [],
  );
});

test('two routes for the same requests are a fault; different methods or hosts are not', () => {
  const { faults } = check(`
routes:
  - match: { path: "/a/:id", methods: [GET, PUT] }
  - match: { path: "/a/:key", methods: [PUT] }
  - match: { path: "/a/:key", methods: [POST] }
  - match: { path: "/a/:key", methods: [PUT], hosts: [h] }
  - match: { path: "/a/:key" }
`);
  assert.deepEqual(faults, [
    'f:4:12: routes[1].match: takes the same requests as the route at f:3, GET|PUT /a/:id',
  ]);
});

test('what may be there only once, and what can never work', () => {
  const { faults, warnings } = check(`
auth: {}
consumers:
  - { id: a, clients: [c1], apiKeys: [{ id: k, sha256: x }, { id: k, sha256: y }] }
  - { id: a, clients: [c1], apiKeys: [{ id: k, sha256: x }] }
  - { id: lonely }
bffs: [{ package: p, mount: /m }, { package: p, mount: /m }]
`);
  assert.deepEqual(
    faults.map((fault) => fault.split(': ')[1]),
    [
      'consumers[0].apiKeys[1].id',
      'consumers[1].id',
      'consumers[1].apiKeys[0].sha256',
      'consumers[1].clients[0]',
      'bffs[1].package',
      'bffs[1].mount',
    ],
  );
  assert.match(warnings.join('\n'), /consumers\[2\]: has neither apiKeys nor clients/);
  assert.match(warnings.join('\n'), /consumers\[0\].apiKeys: are never asked for/);
});

test('BFFs are told apart by their names, and one that runs at an upstream must be told who asks', () => {
  const { faults, warnings } = check(`
auth: {}
upstreams: { plain: { url: "http://h" }, told: { url: "http://h", identityToken: {} } }
bffs:
  - { upstream: told, mount: /a/b }
  - { upstream: plain, mount: /a-b }
  - { upstream: tld, mount: /c, name: a-b }
`);
  assert.deepEqual(
    faults.map((fault) => fault.replace(/^f:[\d:]+ /, '')),
    [
      'bffs[1].name: "a-b" is the BFF at /a/b: expected another',
      'bffs[2].name: "a-b" is the BFF at /a/b: expected another',
      'bffs[2].upstream: no upstream is named "tld"; did you mean "told"?',
    ],
  );
  assert.match(warnings.join('\n'), /bffs\[1\].upstream: its process is told by nobody who asks/);
});

test('an admin port that others can reach needs a token', () => {
  assert.match(check('admin: { host: 0.0.0.0 }').faults.join(), /f:1:16: admin.host: .*expected admin.token/);
  assert.deepEqual(check('admin: { host: 0.0.0.0, token: t }').faults, []);
  assert.deepEqual(check('admin: { host: 127.0.0.1 }').faults, []);
  assert.deepEqual(check('admin: {}').faults, []);
});

test('packages and files must be there', () => {
  const world: World = {
    resolves: (name) => name === 'here',
    exists: (path) => path.endsWith('/yes.graphql'),
  };
  const { faults } = check('bffs: [{ package: here, mount: /a }, { package: gone, mount: /b }]', world);
  assert.deepEqual(faults, ['f:1:49: bffs[1].package: the package "gone" is not installed']);
  assert.deepEqual(check('graph: { supergraph: /yes.graphql }', world).faults, []);
  assert.deepEqual(check('graph: { supergraph: "https://h/s.graphql" }', world).faults, []);
  assert.match(
    check('graph: { supergraph: /no.graphql }', world).faults.join(),
    /f:1:22: graph.supergraph: there is no file/,
  );
  // Endpoints may be written later.
  const discovered = check('upstreams: { a: { discover: { file: { path: /no.yaml } } } }', world);
  assert.deepEqual(discovered.faults, []);
  assert.match(discovered.warnings.join(), /upstreams.a.discover.file.path: there is no file/);
});

test('what is open to anybody because nobody thought of auth is told once', () => {
  const routes = 'routes:\n  - { match: { path: /a }, auth: none }\n  - { match: { path: /b } }\n';
  assert.deepEqual(check(`${routes}graph: {}\nbffs: [{ mount: /m }]\n`).warnings, [
    'f:3:5: routes[1]: is open to anybody, like 2 more, for there is no section "auth": expected one, or auth: none if that is meant',
  ]);
  assert.deepEqual(check(`${routes}auth: { apiKey: {} }\n`).warnings, []);
  assert.deepEqual(check('routes: [{ match: { path: /a }, auth: none }]').warnings, []);
});

test('a key that is kept by its HMAC needs the pepper', () => {
  const consumers = 'consumers: [{ id: a, apiKeys: [{ id: k, hmac: x }] }]';
  assert.deepEqual(check(`auth: { apiKey: {} }\n${consumers}`).faults, [
    'f:2:47: consumers[0].apiKeys[0].hmac: needs auth.apiKey.pepper, which is not there',
  ]);
  assert.deepEqual(check(`auth: { apiKey: { pepper: x }, failures: unlimited }\n${consumers}`).faults, []);
});

test('a route to the graph holds requests to its schema, and to no other description', () => {
  const { faults } = check(`
graph: {}
routes:
  - { match: { path: /g }, to: { graph: true }, validate: { body: {} } }
`);
  assert.ok(
    faults.includes(
      'f:4:59: routes[0].validate: has nothing to hold on the graph, whose schema says what it takes',
    ),
    faults.join('; '),
  );
});
