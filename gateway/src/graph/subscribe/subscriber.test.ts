import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { Subscriber } from './subscriber.ts';

const config = { events: 2, size: 100, slowAfter: 1_000 };

test('its events, then the error it ended with, then nothing', async () => {
  const subscriber = new Subscriber(config, () => assert.fail('it did not leave'));
  subscriber.push('1');
  subscriber.end(new FrontdeskError('upstream_reset', { detail: 'secret' }));
  const texts: string[] = [];
  for await (const text of subscriber) texts.push(text);
  assert.deepEqual(texts, [
    '1',
    '{"errors":[{"message":"A backend broke the connection","extensions":{"code":"UPSTREAM_RESET"}}]}',
  ]);
});

test('whoever leaves is gone once, and gets nothing more', async () => {
  let left = 0;
  const subscriber = new Subscriber(config, () => {
    left += 1;
  });
  subscriber.push('1');
  await subscriber.return();
  await subscriber.return();
  assert.equal(left, 1);
  assert.deepEqual(await subscriber.next(), { done: true, value: undefined });
});

test('it says when there is room, and when it needs none any more', async () => {
  const subscriber = new Subscriber(config, () => {});
  let room = 0;
  const made = (): void => {
    room += 1;
  };
  subscriber.push('1');
  subscriber.push('2');
  assert.ok(subscriber.full);
  subscriber.onRoom(made);
  await subscriber.next();
  assert.equal(room, 1);
  subscriber.onRoom(made);
  await subscriber.return();
  assert.equal(room, 2);
});

test('it says when it is over, and at once where it was', () => {
  const subscriber = new Subscriber(config, () => {});
  let over = 0;
  subscriber.onOver(() => {
    over += 1;
  });
  subscriber.end();
  subscriber.onOver(() => {
    over += 1;
  });
  assert.equal(over, 2);
});
