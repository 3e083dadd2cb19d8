import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { MemoryChannels } from './memory-channels.ts';

test('who subscribed hears that messages come, then each of them before its sender goes on', async () => {
  const channels = new MemoryChannels({ logger: noLogger });
  const told: string[] = [];
  const end = channels.subscribe('x', {
    message: (text) => void told.push(text),
    resumed: () => void told.push('resumed'),
  });
  assert.deepEqual(told, []);
  await channels.publish('x', 'one');
  await channels.publish('y', 'not for us');
  assert.deepEqual(told.toSorted(), ['one', 'resumed']);
  end();
  await channels.publish('x', 'two');
  assert.equal(told.length, 2);
  await channels.close();
  await assert.rejects(channels.publish('x', 'three'));
});
