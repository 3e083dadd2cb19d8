import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ListenerTable } from './channel-listeners.ts';

function recorder(told: string[], name: string) {
  return {
    message: (text: string) => void told.push(`${name} ${text}`),
    resumed: () => void told.push(`${name} resumed`),
    interrupted: () => void told.push(`${name} interrupted`),
  };
}

test('each listener hears of a gap once, and of its end once', () => {
  const told: string[] = [];
  const table = new ListenerTable(noLogger);
  table.add('x', recorder(told, 'a'));
  table.interrupt();
  table.resume('x');
  table.add('x', recorder(told, 'b'));
  table.resume('x');
  table.interrupt();
  table.interrupt();
  assert.deepEqual(told, ['a resumed', 'b resumed', 'a interrupted', 'b interrupted']);
});

test('the same listener twice hears twice, until each is ended; a channel without any is none', () => {
  const told: string[] = [];
  const table = new ListenerTable(noLogger);
  const listener = recorder(told, 'a');
  const [first, second] = [table.add('x', listener), table.add('x', listener)];
  table.deliver('x', '1');
  table.deliver('y', '2');
  first();
  first();
  table.deliver('x', '3');
  assert.deepEqual(told, ['a 1', 'a 1', 'a 3']);
  second();
  assert.deepEqual(table.channels, []);
});

test('who throws is logged, and the others hear', () => {
  const told: string[] = [];
  const errors: object[] = [];
  const table = new ListenerTable({ ...noLogger, error: (fields) => void errors.push(fields) });
  table.add('x', {
    message: () => {
      throw new Error('no');
    },
    resumed() {},
  });
  table.add('x', recorder(told, 'b'));
  table.deliver('x', '1');
  assert.deepEqual(told, ['b 1']);
  assert.deepEqual(errors, [{ channel: 'x', reason: 'Error: no' }]);
});

test('what is too long for one of ours is given to nobody, and told', () => {
  const told: string[] = [];
  const warnings: object[] = [];
  const table = new ListenerTable({ ...noLogger, warn: (fields) => void warnings.push(fields) });
  table.add('x', { message: (text) => void told.push(String(text.length)), resumed() {} });
  for (const length of [256 * 1024, 256 * 1024 + 1]) table.deliver('x', 'x'.repeat(length));
  assert.deepEqual(told, [String(256 * 1024)]);
  assert.deepEqual(warnings, [{ channel: 'x', length: 256 * 1024 + 1 }]);
});
