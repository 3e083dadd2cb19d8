/** The route table with conditions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RouteMatch } from './route-match.ts';
import { type Asked, GET, request, tableOf, taken } from './testing/table.ts';

const path = '/a';

describe('conditions of routes', () => {
  it('ask for a text, a pattern, that something is there, that it is not', () => {
    const routes = tableOf([
      { path, headers: { 'X-Beta': 'on' } },
      { path, headers: { 'x-beta': { pattern: 'o.*' } }, priority: -1 },
      { path, headers: { 'x-beta': { present: false } } },
      { path, headers: { 'x-beta': { present: true } }, priority: -2 },
    ]);
    assert.equal(taken(routes, { fields: { 'x-beta': 'on' } }), 0);
    assert.equal(taken(routes, { fields: { 'x-beta': 'off' } }), 1);
    assert.equal(taken(routes, {}), 2);
    assert.equal(taken(routes, { fields: { 'x-beta': '' } }), 3);
  });

  it('look at the query and at cookies, and at every value of a name together', () => {
    const routes = tableOf([
      { path, query: { 'a b': 'ü' } },
      { path, cookies: { side: 'b' }, priority: 1 },
    ]);
    assert.equal(taken(routes, { query: 'x&a+b=%C3%BC' }), 0);
    assert.equal(taken(routes, { query: 'a%20b=%C3%BC&a+b=x' }), '404');
    assert.equal(taken(routes, { fields: { cookie: 'x=1; side="b"' } }), 1);
    assert.equal(taken(routes, { fields: { cookie: 'side=b; side=a' } }), '404');
  });

  it('read the type of a client, the version and the tenant as configured', () => {
    const routes = tableOf([
      { path, clientType: ['mobile'] },
      { path, version: ['2', '3'], priority: 1 },
      { path, tenant: ['acme'], priority: 2 },
      { path, scheme: 'https', priority: 3 },
    ]);
    assert.equal(taken(routes, { fields: { 'x-client': 'm' } }), 0);
    assert.equal(taken(routes, { fields: { 'x-client': 'other' } }), '404');
    assert.equal(taken(routes, { fields: { 'x-version': '3' } }), 1);
    assert.equal(taken(routes, { fields: { 'x-who': 'acme' } }), 2);
    assert.equal(taken(routes, { client: { scheme: 'https' } }), 3);
  });

  it('give the tenant that is stated, only where it is asked for', () => {
    const routes = tableOf([{ path, tenant: { present: true } }, { path: '/b' }]);
    const tenant = (asked: Partial<Asked>): unknown => {
      const result = routes.match(request({ ...GET, fields: { 'x-who': 'acme' }, ...asked }));
      return result.kind === 'found' ? result.tenant : result.kind;
    };
    assert.equal(tenant({}), 'acme');
    assert.equal(tenant({ path: '/b' }), undefined);
    assert.equal(tenant({ fields: {}, statedTenant: 'globex' }), 'globex');
    assert.equal(tenant({ fields: {} }), 'not_found');
  });

  it('more of them come before fewer, priority before both, the path before all', () => {
    const routes = tableOf([
      { path: '/a/*', priority: 100 },
      { path },
      { path, headers: { x: '1' } },
      { path, headers: { x: '1' }, query: { q: '1' } },
      { path, methods: ['GET'] },
      { path, cookies: { c: '1' }, priority: 1 },
    ]);
    assert.equal(taken(routes, {}), 4);
    assert.equal(taken(routes, { method: 'PUT' }), 1);
    assert.equal(taken(routes, { fields: { x: '1' } }), 2);
    assert.equal(taken(routes, { fields: { x: '1' }, query: 'q=1' }), 3);
    assert.equal(taken(routes, { fields: { x: '1', cookie: 'c=1' }, query: 'q=1' }), 5);
    assert.equal(taken(routes, { path: '/a/b' }), 0);
  });

  it('405 counts the methods of those routes alone whose conditions hold', () => {
    const routes = tableOf([
      { path, methods: ['GET'] },
      { path, methods: ['PUT'], headers: { x: '1' } },
      { path: '/b', methods: ['PUT'], headers: { x: '1' } },
    ]);
    assert.equal(taken(routes, { method: 'DELETE' }), '405 GET, HEAD, OPTIONS');
    assert.equal(taken(routes, { method: 'DELETE', fields: { x: '1' } }), '405 GET, HEAD, OPTIONS, PUT');
    assert.equal(taken(routes, { method: 'DELETE', path: '/b' }), '404');
  });

  it('are explained one by one', () => {
    const [far, near] = tableOf([{ path, headers: { x: '1' }, query: { q: '1' } }, { path }]).explain(
      request({ ...GET, fields: { x: '2' }, query: 'q=1' }),
    );
    assert.equal(far?.against, 'header x is "2", but the route asks that it is "1"');
    assert.deepEqual(
      far.checks.map(({ holds, says }) => [holds, says]),
      [
        [true, 'path /a is /a'],
        [false, 'header x is "2", but the route asks that it is "1"'],
        [true, 'query parameter q is "1"'],
      ],
    );
    assert.equal(near?.against, undefined);
  });

  it('are found among a thousand of one path as among ten', () => {
    const routes = tableOf([
      ...Array.from({ length: 1000 }, (_, i): RouteMatch => ({ path, tenant: [`t${i}`] })),
      { path, tenant: ['t7'], version: ['2'] },
      { path, headers: { x: { pattern: '1+' } }, priority: 1 },
      { path },
    ]);
    assert.equal(taken(routes, { fields: { 'x-who': 't999' } }), 999);
    assert.equal(taken(routes, { fields: { 'x-who': 't7', 'x-version': '2' } }), 1000);
    assert.equal(taken(routes, { fields: { 'x-who': 't7', x: '11' } }), 1001);
    assert.equal(taken(routes, { fields: { 'x-who': 'nobody' } }), 1002);
  });
});

describe('route table: named groups of regular expressions', () => {
  it('are parameters, encoded as they came', () => {
    const routes = tableOf([{ path: { regex: '/(?<kind>users|orders)/(?<id>[^/]+)' } }]);
    const result = routes.match(request({ ...GET, path: '/orders/4%3F2;x=1/' }));
    assert.ok(result.kind === 'found');
    assert.deepEqual({ ...result.params }, { kind: 'orders', id: '4%3F2' });
  });
});

describe('SECURITY C: a slash at the end', () => {
  it('hides no path from an expression, whether it asks for the slash or not', () => {
    const table = tableOf([{ path: { regex: '/admin/(?<what>.*)' } }, { path: { regex: '/users' } }]);
    const takenBy = (path: string) => {
      const found = table.match(request({ ...GET, path }));
      return found.kind === 'found' ? [found.value, { ...found.params }] : found.kind;
    };
    assert.deepEqual(takenBy('/admin/'), [0, { what: '' }]);
    assert.deepEqual(takenBy('/admin;x/'), [0, { what: '' }]);
    assert.deepEqual(takenBy('/admin/a/'), [0, { what: 'a' }]);
    assert.deepEqual(takenBy('/users/'), [1, {}]);
    assert.equal(takenBy('/admin'), 'not_found');
  });
});
