import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteMatch } from './route-match.ts';
import { findOverlaps } from './route-overlaps.ts';
import { compileRoutes } from './route-table.ts';

function overlaps(...matches: Omit<RouteMatch, 'path'>[]): string[] {
  const specs = matches.map((match, value) => ({ match: { path: '/a', ...match }, value }));
  return findOverlaps(compileRoutes(specs).list()).map(
    ({ first, second, kind }) => `${first.value} ${kind} ${second.value}`,
  );
}

test('two routes that one request may meet, with only their order to decide', () => {
  assert.deepEqual(overlaps({ headers: { a: '1' } }, { headers: { b: '1' } }), ['0 order 1']);
  assert.deepEqual(overlaps({ headers: { a: { pattern: 'x.*' } } }, { headers: { a: { pattern: '.*y' } } }), [
    '0 order 1',
  ]);
});

test('what is disjoint, more particular, of another method or priority is fine', () => {
  assert.deepEqual(overlaps({ headers: { a: '1' } }, { headers: { a: '2' } }), []);
  assert.deepEqual(overlaps({ headers: { a: '1' } }, {}), []);
  assert.deepEqual(overlaps({ headers: { a: '1' }, priority: 1 }, { headers: { b: '1' } }), []);
  assert.deepEqual(
    overlaps({ headers: { a: '1' }, methods: ['GET'] }, { headers: { b: '1' }, methods: ['PUT'] }),
    [],
  );
  assert.deepEqual(overlaps({ methods: ['GET'] }, {}), []);
});

test('a route that is never asked', () => {
  assert.deepEqual(overlaps({ priority: 1 }, { headers: { a: '1' } }), ['0 hidden 1']);
  assert.deepEqual(overlaps({ headers: { a: { present: true } }, priority: 1 }, { headers: { a: '1' } }), [
    '0 hidden 1',
  ]);
  assert.deepEqual(overlaps({ priority: 1, methods: ['GET'] }, { headers: { a: '1' } }), []);
});
