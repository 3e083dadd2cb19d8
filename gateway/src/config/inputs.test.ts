import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './load.ts';

test('secrets and certificates are inputs, there or not; what a gateway follows or writes by itself is none', () => {
  const text = `
admin: { token: "file:run/token" }
listen: { tls: { cert: tls/cert.pem, key: tls/key.pem }, ip: { allowFile: lists/office } }
state: { file: /var/lib/quotas }
telemetry: { accessLog: { file: /var/log/access } }
`;
  const { inputs } = parseConfig(
    {
      file: '/etc/frontdesk.yaml',
      read: (path) =>
        path === '/etc/frontdesk.yaml' ? { ok: true, text } : { ok: false, reason: 'there is none' },
      exists: () => true,
      resolves: () => true,
      isProduction: false,
    },
    {},
  );
  assert.deepEqual([...new Set(inputs)].toSorted(), [
    '/etc/run/token',
    '/etc/tls/cert.pem',
    '/etc/tls/key.pem',
  ]);
});
