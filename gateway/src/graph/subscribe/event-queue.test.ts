import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue } from './event-queue.ts';

function queue(onRoom: () => void = () => {}): EventQueue<string> {
  return new EventQueue({ maxItems: 4, maxSize: 10, sizeOf: (text) => text.length, onRoom });
}

test('what is pushed is pulled in order, whoever was first', async () => {
  const events = queue();
  const early = [events.pull(), events.pull()];
  for (const item of ['a', 'b', 'c']) events.push(item);
  assert.deepEqual(await Promise.all([...early, events.pull()]), ['a', 'b', 'c']);
});

test('it is full by number or by size, and says so once there is room: when half empty', async () => {
  let room = 0;
  const events = queue(() => {
    room += 1;
  });
  assert.deepEqual(
    ['1', '2', '3', '4'].map((item) => events.push(item)),
    [true, true, true, false],
  );
  assert.ok(events.full);
  await events.pull();
  assert.equal(room, 0);
  await events.pull();
  assert.equal(room, 1);
  await events.pull();
  await events.pull();
  assert.equal(room, 1);
  assert.equal(events.push('0123456789'), false);
  assert.ok(events.full);
});

test('the end comes after what was pushed; an error is told once', async () => {
  const events = queue();
  events.push('a');
  events.end(new Error('broken'));
  events.push('too late');
  assert.equal(await events.pull(), 'a');
  await assert.rejects(events.pull(), /broken/);
  assert.equal(await events.pull(), undefined);
});

test('whoever waits at the end is told: the first of the error, the others of the end', async () => {
  const events = queue();
  const waiting = [events.pull(), events.pull()];
  events.end(new Error('broken'));
  const outcomes = await Promise.allSettled(waiting);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
});

test('dropped, it holds nothing and gives nothing', async () => {
  const events = queue();
  events.push('a');
  events.drop();
  assert.equal(events.length, 0);
  assert.equal(await events.pull(), undefined);
  const broken = queue();
  broken.end(new Error('broken'));
  broken.drop();
  assert.equal(await broken.pull(), undefined);
});
