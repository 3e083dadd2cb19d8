import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { isAnswers } from './primary-link.ts';
import { PrimaryServer } from './primary-server.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('calls are answered, a wrong one by its reason; nothing goes to who is gone', async () => {
  const server = new PrimaryServer({ clock: new ManualClock(), logger: noLogger });
  const sent: unknown[] = [];
  const worker = Object.assign(new EventEmitter(), {
    connected: true,
    send: (message: object) => sent.push(message),
  });
  server.adopt(worker);
  const calls = [
    [1, 'set', ['a', 'x', 1000]],
    [2, 'get', 'a'],
    [3, 'get', 7],
  ];
  worker.emit('message', { frontdesk: 'state', calls });
  const answers = () =>
    sent.flatMap((message) => (isAnswers(message) ? message.answers : [])).toSorted(([a], [b]) => a - b);
  while (answers().length < calls.length) await turn();
  assert.deepEqual(answers(), [
    [1, null],
    [2, 'x'],
    [3, null, 'expected a text'],
  ]);
  worker.connected = false;
  worker.emit('disconnect');
  const before = sent.length;
  worker.emit('message', { frontdesk: 'state', calls: [[4, 'publish', ['c', 't']]] });
  for (let i = 0; i < 5; i += 1) await turn();
  assert.equal(sent.length, before);
});
