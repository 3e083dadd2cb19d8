import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChannel } from '../testing/planner-channel.fixture.ts';
import { openPlannerProcess } from './planner-process.ts';

const CHILD = new URL('./planner-child.ts', import.meta.url);

test('what it is told is answered; how it ends is told', async () => {
  const { channel, next, ended } = openChannel((events) => openPlannerProcess(CHILD, events));
  channel.send({ kind: 'load', supergraphSdl: 'type {' });
  const told = await next();
  assert.equal(Reflect.get(Object(told), 'kind'), 'unloadable');
  assert.notEqual(channel.id, process.pid);
  channel.hold(false);
  channel.hold(true);
  channel.kill();
  assert.equal(await ended, 'SIGKILL');
});

test('a module that is not there is an end', async () => {
  const nothing = new URL('./nothing.ts', import.meta.url);
  const { ended } = openChannel((events) => openPlannerProcess(nothing, events));
  assert.equal(await ended, 'exit code 1');
});
