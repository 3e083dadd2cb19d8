import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from '../core/headers.ts';
import { compareWithinPath, compileRoute, type Route } from './route.ts';
import { RouteIndex } from './route-index.ts';
import { holds, NO_ROUTING } from './routing.ts';
import { Search } from './search.ts';

const takes = (route: Route<number>, { view }: Search<number>): boolean =>
  route.conditions.every((condition) => holds(condition, view));

function search(fields: Readonly<Record<string, string>>): Search<number> {
  const headers = HeaderFields.of(fields);
  return new Search({ method: 'GET', host: 'h', path: '/', query: '', headers, client: { scheme: 'http' } });
}

test('property: it finds the route that asking one after the other finds', () => {
  const value = fc.constantFrom('1', '2', '3', { present: true }, { pattern: '[12]' }, undefined);
  const route = fc.record({ a: value, b: value, priority: fc.integer({ min: 0, max: 2 }) });
  const field = fc.constantFrom('1', '2', '3', '4', undefined);
  fc.assert(
    fc.property(fc.array(route, { maxLength: 30 }), fc.array(fc.tuple(field, field)), (matches, asked) => {
      const routes = matches
        .map(({ a, b, priority }, order) => {
          const headers = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
          return compileRoute({ match: { path: '/', headers, priority }, value: order }, order, NO_ROUTING);
        })
        .sort(compareWithinPath);
      const index = new RouteIndex(routes, takes);
      for (const [a, b] of asked) {
        const one = search({ ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) });
        assert.equal(
          index.pick(one),
          routes.find((candidate) => takes(candidate, one)),
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('of a thousand it asks those alone that may fit', () => {
  const routes = Array.from({ length: 1000 }, (_, order) =>
    compileRoute({ match: { path: '/', headers: { a: `${order}` } }, value: order }, order, NO_ROUTING),
  );
  let asked = 0;
  const index = new RouteIndex(routes, (route, one) => {
    asked += 1;
    return takes(route, one);
  });
  assert.equal(index.pick(search({ a: '777' }))?.value, 777);
  assert.equal(asked, 1);
});
