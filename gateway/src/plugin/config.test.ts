import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluginsConfig } from './config.ts';

test('an entry has defaults; a place is one, and a time has bounds', () => {
  const [entry] = pluginsConfig.parse([{ package: './p.ts' }]);
  assert.deepEqual(entry, {
    package: './p.ts',
    config: {},
    timeout: 1_000,
    onError: 'fail',
    credentials: false,
  });
  const isFaulty = (more: object) => !pluginsConfig.safeParse([{ package: './p.ts', ...more }]).success;
  assert.ok(isFaulty({ place: { before: 'a', after: 'b' } }));
  assert.ok(isFaulty({ place: {} }));
  assert.ok(isFaulty({ timeout: '2m' }));
  assert.ok(isFaulty({ routes: ['users'] }));
  assert.ok(!isFaulty({ upstreams: ['subgraph:users', 'users'], routes: ['/users/*'] }));
});
