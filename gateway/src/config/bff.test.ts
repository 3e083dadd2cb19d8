import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bffConfig, bffName, runsApart } from './bff.ts';

function faultsOf(written: object): string[] {
  const parsed = bffConfig.safeParse(written);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('a mount is a path without a slash at its end', () => {
  assert.ok(bffConfig.safeParse({ package: 'p', mount: '/a/b' }).success);
  for (const mount of ['/', '/a/', 'a', '/a b']) {
    assert.ok(!bffConfig.safeParse({ package: 'p', mount }).success, mount);
  }
});

test('a BFF is a package, a URL or an upstream, and only a package is given a process', () => {
  const where = ['expected exactly one of package, url and upstream'];
  const mount = '/web';
  assert.deepEqual(faultsOf({ mount }), [`: ${where[0]}`]);
  assert.deepEqual(faultsOf({ mount, package: 'p', url: 'http://127.0.0.1:1' }), [`: ${where[0]}`]);
  assert.deepEqual(faultsOf({ mount, url: 'http://127.0.0.1:1', process: 'own' }), [
    'process: runs a package: expected package beside it',
  ]);
  assert.deepEqual(faultsOf({ mount, package: 'p', process: 'owned' }), [
    'process: expected own, or settings such as { silence: 5s }',
  ]);
  for (const good of [{ url: 'unix:/run/web.sock' }, { upstream: 'web' }, { package: 'p', process: 'own' }])
    assert.deepEqual(faultsOf({ mount, ...good }), []);
});

test('what runs apart is what has another address or a process of its own', () => {
  assert.equal(runsApart(bffConfig.parse({ mount: '/a', package: 'p' })), false);
  assert.equal(runsApart(bffConfig.parse({ mount: '/a', package: 'p', process: 'own' })), true);
  assert.equal(runsApart(bffConfig.parse({ mount: '/a', url: 'http://127.0.0.1:1' })), true);
});

test('it is called as it says, or by the words of its mount', () => {
  assert.equal(bffName(bffConfig.parse({ mount: '/apps/web', package: 'p' })), 'apps-web');
  assert.equal(bffName(bffConfig.parse({ mount: '/apps/web', package: 'p', name: 'shop' })), 'shop');
});

test('an objective leaves a budget', () => {
  const at = { mount: '/web', package: 'p' };
  assert.deepEqual(
    bffConfig.parse({ ...at, objective: { availability: 99.5, latency: '800ms' } }).objective,
    {
      availability: 99.5,
      latency: 800,
      incomplete: 'good',
      window: 30 * 86_400_000,
      onExhausted: 'tell',
    },
  );
  assert.equal(faultsOf({ ...at, objective: { availability: 100 } }).length, 1);
  assert.deepEqual(faultsOf({ ...at, objective: { availability: 99, window: '1h' } }), [
    'objective.window: expected 1d to 90d',
  ]);
});
