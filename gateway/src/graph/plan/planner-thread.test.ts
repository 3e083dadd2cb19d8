import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChannel } from '../testing/planner-channel.fixture.ts';
import { openPlannerThread } from './planner-thread.ts';

const WORKER = new URL('./planner-worker.ts', import.meta.url);

test('what it is told is answered; how it ends is told', async () => {
  const { channel, next, ended } = openChannel((events) => openPlannerThread(WORKER, events));
  channel.send({ kind: 'load', supergraphSdl: 'type {' });
  const told = await next();
  assert.equal(Reflect.get(Object(told), 'kind'), 'unloadable');
  channel.hold(false);
  channel.hold(true);
  channel.kill();
  assert.equal(await ended, 'exit code 1');
  // Who is gone hears nothing, and that breaks nothing.
  channel.send({ kind: 'load', supergraphSdl: '' });
});

test('a module that is not there is an end', async () => {
  const nothing = new URL('./nothing.ts', import.meta.url);
  const { ended } = openChannel((events) => openPlannerThread(nothing, events));
  assert.match(await ended, /nothing/);
});
