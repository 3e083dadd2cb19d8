import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { BEAT } from '../processes/link.ts';
import { HandWorker, version } from './hand-worker.fixture.ts';
import type { WorkerOrder } from './link.ts';
import { WorkerProcess } from './worker-process.ts';

function setUp() {
  const clock = new ManualClock();
  const child = new HandWorker(1, 100);
  const [missed, lost]: [Socket[], Socket[]] = [[], []];
  const order: WorkerOrder = {
    ...version(1),
    worker: 1,
    workers: 1,
    place: { host: 'h', port: 1 },
    adminSocket: undefined,
  };
  const worker = new WorkerProcess(child, order, {
    generation: 1,
    clock,
    events: {
      onRoom: () => {},
      onMissed: (sockets) => void missed.push(...sockets),
      onLost: (sockets) => void lost.push(...sockets),
      onLeave: () => {},
    },
  });
  worker.isOpen = true;
  return { clock, child, worker, missed, lost };
}

test('what it takes is let go here, what it has not taken counts and stays open', () => {
  const { child, worker } = setUp();
  const [first, second] = [new Socket(), new Socket()];
  worker.give(first);
  worker.give(second);
  assert.equal(worker.connections, 2);
  child.take();
  assert.deepEqual([first.destroyed, second.destroyed, worker.connections], [true, false, 2]);
  child.says({ kind: 'connections', taken: undefined, closed: 1 });
  assert.equal(worker.connections, 1);
});

test('so many are on their way at a time, and one that waits too long stalls it', () => {
  const { clock, child, worker } = setUp();
  let given = 0;
  for (; worker.hasRoom; given += 1) worker.give(new Socket());
  assert.equal(given, 16);
  assert.equal(worker.isStalled(clock.now()), false);
  clock.advance(201);
  assert.equal(worker.isStalled(clock.now()), true);
  for (let i = 0; i < given; i += 1) child.take();
  assert.deepEqual([worker.hasRoom, worker.isStalled(clock.now())], [true, false]);
});

test('one that did not arrive is known from a later one that did, and from a beat that was answered after it', () => {
  const { child, worker, missed } = setUp();
  const [first, second, third, fourth] = [new Socket(), new Socket(), new Socket(), new Socket()];
  for (const socket of [first, second, third]) worker.give(socket);
  child.take(2);
  assert.deepEqual([missed, first.destroyed, second.destroyed], [[first], false, true]);
  child.answersBeats = false;
  worker.send(BEAT);
  worker.give(fourth);
  child.hear(BEAT);
  // The last one went after that beat: it may be on its way.
  assert.deepEqual(missed, [first, third]);
  child.take(4);
  assert.deepEqual([missed.length, fourth.destroyed, worker.connections], [2, true, 2]);
});

test("when it is gone, what it had not taken is somebody else's", () => {
  const { child, worker, lost } = setUp();
  const [first, second] = [new Socket(), new Socket()];
  worker.give(first);
  worker.give(second);
  child.take();
  child.end('SIGKILL');
  assert.deepEqual([lost, worker.connections, worker.hasRoom], [[second], 0, false]);
});

test('a question is answered, refused, too late or asked of one that is gone', async () => {
  const { clock, child, worker } = setUp();
  const id = await worker.prepare(version(2), 1_000);
  await worker.decide(id, 1_000);
  assert.equal(child.serves?.version.number, 2);
  child.prepares = 'refuses';
  await assert.rejects(worker.prepare(version(3), 1_000), /two routes are one/);
  child.prepares = 'waits';
  const late = worker.prepare(version(4), 1_000);
  clock.advance(1_000);
  await assert.rejects(late, /no answer within 1000 ms/);
  child.prepares = 'dies';
  await assert.rejects(worker.prepare(version(5), 1_000), /it ended: SIGSEGV/);
  await assert.rejects(worker.prepare(version(6), 1_000), /it has ended/);
});

test('told to go it gets no more, and the word comes after what is on its way', () => {
  const { child, worker } = setUp();
  worker.kill('SIGTERM');
  assert.deepEqual([worker.hasRoom, child.signals], [false, []]);
  assert.match(JSON.stringify(child.sent.at(-1)), /"drain"/);
  worker.kill('SIGKILL');
  assert.deepEqual(child.signals, ['SIGKILL']);
});
