import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineBackends } from '../../bff/index.ts';
import { bffRoutes } from './routes.ts';

const { part, screen } = defineBackends({});
const make = (path: string, deadline: '300ms' | '700ms') =>
  screen({
    path,
    field: path.slice(1),
    scopes: [`${path.slice(1)}:read`],
    deadline,
    parts: { a: part(() => 1) },
  });

test('each screen has its path under the mount, and GraphQL has the longest time of them', () => {
  const quick = make('/quick', '300ms');
  const slow = make('/slow', '700ms');
  const routes = bffRoutes({ screens: [quick, slow] }, '/m');
  assert.deepEqual(
    routes.map(({ path, methods, scopes, operation: which }) => [path, methods, scopes, which]),
    [
      ['/m/quick', ['GET', 'HEAD'], ['quick:read'], quick],
      ['/m/slow', ['GET', 'HEAD'], ['slow:read'], slow],
      ['/m/graphql', ['GET', 'POST'], [], undefined],
    ],
  );
  const [first, second, graphql] = routes;
  assert.ok(first && second && graphql && first.deadlineMs > 300 && second.deadlineMs > 700);
  assert.equal(graphql.deadlineMs, second.deadlineMs);
});
