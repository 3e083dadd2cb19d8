import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { sectionsForStart, waitsForStart } from './restart.ts';

test('sockets, processes and what they share wait for the next start; what holds with each request does not', () => {
  for (const setting of ['listen.port', 'admin.port', 'workers', 'state.redis', 'telemetry.level'])
    assert.equal(waitsForStart(setting), true, setting);
  for (const setting of [
    'admin.token',
    'listen.ip.allow[0]',
    'listen.trustedProxies',
    'routes',
    'upstreams.a.url',
  ])
    assert.equal(waitsForStart(setting), false, setting);
});

test('the sections that wait are named', () => {
  const begun = configSchema.parse({ admin: { token: 'a-long-admin-token' } });
  const at = (more: object) =>
    sectionsForStart(begun, configSchema.parse({ admin: { token: 'a-long-admin-token' }, ...more }));
  assert.deepEqual(at({}), []);
  assert.deepEqual(at({ admin: { token: 'another-admin-token' }, zone: 'b' }), []);
  assert.deepEqual(at({ admin: { port: 4009 }, listen: { port: 4008 } }), ['listen', 'admin']);
  for (const [section, value] of Object.entries({
    workers: 2,
    pidFile: 'a.pid',
    state: { file: 'quotas' },
    limits: { mode: 'exact' },
    flows: { journal: { file: 'flows' } },
    shedding: 'off',
    telemetry: { level: 'debug' },
  }))
    assert.deepEqual(at({ [section]: value }), [section]);
  for (const [section, value] of Object.entries({
    upstreams: { users: { url: 'http://127.0.0.1:1' } },
    routes: [{ match: { path: '/a' }, to: { fixed: {} } }],
    plans: { free: { limit: 'unlimited' } },
    compress: false,
    streams: {},
    reload: { watch: false },
  }))
    assert.deepEqual(at({ [section]: value }), [], section);
});
