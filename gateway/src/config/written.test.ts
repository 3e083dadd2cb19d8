import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './load.ts';

test('values from the environment and from files are known by how they are written, others are not', () => {
  const text = `zone: "\${ZONE}"\nlisten: { host: 127.0.0.1 }\nadmin: { token: "file:token" }\n`;
  const loaded = parseConfig(
    {
      file: 'a.yaml',
      read: (path) => ({ ok: true, text: path === 'a.yaml' ? text : 'a-long-admin-token\n' }),
      exists: () => true,
      resolves: () => true,
      isProduction: false,
    },
    { ZONE: 'eu' },
  );
  assert.ok(loaded.ok);
  assert.deepEqual(
    [...loaded.written],
    [
      ['zone', `\${ZONE}`],
      ['admin.token', 'file:token'],
    ],
  );
});
