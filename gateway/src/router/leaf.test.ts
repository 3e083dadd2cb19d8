import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { Leaf } from './leaf.ts';
import { compileRoute, type Route } from './route.ts';
import type { RouteMatch } from './route-match.ts';
import { NO_ROUTING } from './routing.ts';
import { Search } from './search.ts';

const route = (match: Omit<RouteMatch, 'path'>, order = 0): Route<string> =>
  compileRoute({ match: { path: '/a', ...match }, value: JSON.stringify(match) }, order, NO_ROUTING);

/** A request whose header fields may not be looked at. */
function sealedRequest(method: string) {
  return {
    ...{ method, host: 'h', path: '/a', query: '', client: { scheme: 'http' } },
    get headers(): HeaderFields {
      throw new Error('a route without conditions looks at no field');
    },
  };
}

test('without conditions nothing of the request is looked at but its method', () => {
  const leaf = new Leaf<string>();
  const [get, any] = [route({ methods: ['GET'] }), route({})];
  for (const one of [any, get]) assert.equal(leaf.add(one), undefined);
  leaf.seal();
  assert.equal(leaf.pick(new Search(sealedRequest('GET'))), get);
  assert.equal(leaf.pick(new Search(sealedRequest('HEAD'))), get);
  assert.equal(leaf.pick(new Search(sealedRequest('PUT'))), any);
});

test('who stands in the way is told, by method, priority and conditions', () => {
  const leaf = new Leaf<string>();
  const first = route({ methods: ['GET', 'PUT'], headers: { a: '1' } });
  assert.equal(leaf.add(first), undefined);
  assert.equal(leaf.add(route({ methods: ['PUT', 'POST'], headers: { A: { pattern: '1' } } })), first);
  assert.equal(leaf.add(route({ methods: ['PUT'], headers: { a: '1' }, priority: 1 })), undefined);
  assert.equal(leaf.add(route({ headers: { a: '1' } })), undefined);
  assert.equal(leaf.add(route({ methods: ['PUT'], headers: { a: '2' } })), undefined);
});

test('methods are told as allowed where all but the method holds', () => {
  const leaf = new Leaf<string>();
  leaf.add(route({ methods: ['GET'], headers: { a: '1' } }));
  leaf.add(route({ methods: ['PUT'] }));
  leaf.seal();
  const client = { scheme: 'http' };
  const headers = new HeaderFields();
  const search = new Search<string>({ method: 'POST', host: 'h', path: '/a', query: '', headers, client });
  assert.equal(leaf.pick(search), undefined);
  assert.deepEqual([...(search.allowed ?? [])], ['PUT']);
});
