import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBffProcess } from './bff-process.ts';

const ORDER = {
  package: 'p',
  mount: '/web',
  socket: '/run/web.sock',
  anonymous: false,
  identity: { issuer: 'frontdesk', audience: 'web', keys: { keys: [] } },
};

test('nobody runs a process that has no order', () => {
  const end = { on: () => assert.fail('it listens to nobody'), once: () => {} };
  assert.equal(
    openBffProcess({ env: {} }, end, () => {}),
    undefined,
  );
});

test('it says where its operators find it', () => {
  const sent: object[] = [];
  const end = { on: () => {}, once: () => {}, send: (message: object) => sent.push(message) > 0 };
  const env = { FRONTDESK_BFF_PROCESS: JSON.stringify(ORDER) };
  const own = openBffProcess({ env }, end, () => {});
  assert.deepEqual(own?.order, ORDER);
  const nowhere = { host: '', port: 0 };
  own?.ready({ addresses: { public: nowhere, admin: { host: '127.0.0.1', port: 4021 } } });
  assert.deepEqual(sent, [{ frontdesk: 'process', ready: true, facts: { admin: 'http://127.0.0.1:4021' } }]);
  own?.end();
});
