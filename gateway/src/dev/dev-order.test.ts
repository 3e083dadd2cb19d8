import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DEV_ORDER_VARIABLE, isDevMessage, readDevOrder } from './dev-order.ts';

it('is read from the environment, and nobody starts without one that is sound', () => {
  const order = {
    config: '/a/frontdesk.yaml',
    folder: '/a',
    socket: '/s',
    upstreams: { shop: 'http://h:1' },
  };
  const read = (text: string) => readDevOrder({ [DEV_ORDER_VARIABLE]: text });
  assert.deepEqual(read(JSON.stringify(order)), order);
  assert.throws(() => readDevOrder({}), /started by frontdesk bff dev alone/);
  assert.throws(() => read(JSON.stringify({ ...order, more: 1 })), /more/);
  assert.throws(() => read('{'));
});

it('knows its own messages among those of a process', () => {
  assert.ok(isDevMessage({ frontdesk: 'dev', serves: [] }));
  for (const other of [undefined, null, 'dev', {}, { frontdesk: 'process', ready: true }])
    assert.ok(!isDevMessage(other));
});
