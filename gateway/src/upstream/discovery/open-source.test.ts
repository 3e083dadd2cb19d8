import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DISCOVERY_KINDS, discoverConfig } from './config.ts';
import { openSource } from './open-source.ts';
import { parts } from './testing/follower.fixture.ts';

const minimal: Readonly<Record<(typeof DISCOVERY_KINDS)[number], object>> = {
  dns: { url: 'http://users.internal:8080' },
  srv: { name: '_http._tcp.users.internal' },
  kubernetes: { service: 'users' },
  consul: { service: 'users' },
  etcd: { prefix: '/services/users/' },
  file: { path: '/etc/frontdesk/users.yaml' },
};

test('each kind has its source, named without secrets', () => {
  const names = DISCOVERY_KINDS.map(
    (kind) => openSource(discoverConfig.parse({ [kind]: minimal[kind] }), parts).name,
  );
  assert.deepEqual(names, [
    'dns users.internal:8080',
    'srv _http._tcp.users.internal',
    'kubernetes users',
    'consul users',
    'etcd /services/users/',
    'file /etc/frontdesk/users.yaml',
  ]);
});
