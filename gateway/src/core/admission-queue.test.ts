import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AdmissionQueue } from './admission-queue.ts';
import { PRIORITIES, type Priority } from './priority.ts';

const MANY = 1_000;
const noop = () => {};

/** A queue on an event loop that a test turns by hand. */
function setUp(maxWaitMs = 100, sliceMs = 2) {
  const loop = { now: 0, deferred: [] as (() => void)[] };
  const queue = new AdmissionQueue({
    clock: { now: () => loop.now },
    defer: (fire) => loop.deferred.push(fire),
    maxWaitMs,
    sliceMs,
  });
  const turn = () => {
    for (const fire of loop.deferred.splice(0)) fire();
  };
  const work = (ms: number) => () => {
    loop.now += ms;
  };
  return { loop, queue, turn, work };
}

test('with few requests under way nothing waits and nothing is deferred', () => {
  const { queue, loop } = setUp();
  for (let i = 0; i < 100; i += 1) {
    loop.now += 5;
    assert.equal(queue.hasRoom(10), true);
  }
  assert.equal(loop.deferred.length, 0);
});

test('within a turn a slice may begin; the next turn has its own', () => {
  const { queue, loop, turn } = setUp();
  assert.equal(queue.hasRoom(MANY), true);
  loop.now += 1.9;
  assert.equal(queue.hasRoom(MANY), true);
  loop.now += 0.1;
  assert.equal(queue.hasRoom(MANY), false);
  turn();
  assert.equal(queue.hasRoom(MANY), true);
});

test('who waits goes on by priority, then by the order of coming, a slice a turn', () => {
  const { queue, loop, turn } = setUp();
  const ran: string[] = [];
  const waiter = (name: string) => ({
    run: () => {
      ran.push(name);
      loop.now += 1;
    },
    isGone: () => false,
    refuse: () => ran.push(`${name} refused`),
  });
  queue.hasRoom(MANY);
  for (const [name, priority] of [
    ['l', 2],
    ['n1', 1],
    ['h', 0],
    ['n2', 1],
  ] as const)
    assert.equal(queue.wait(waiter(name), priority), true);
  assert.equal(queue.hasRoom(MANY), false, 'nobody overtakes who waits');
  turn();
  assert.deepEqual(ran, ['h', 'n1']);
  turn();
  assert.deepEqual(ran, ['h', 'n1', 'n2', 'l']);
  assert.equal(queue.length, 0);
});

test('whom nobody waits for any more is not run', () => {
  const { queue, turn } = setUp();
  const seen: string[] = [];
  queue.hasRoom(MANY);
  queue.wait({ run: () => seen.push('run'), isGone: () => true, refuse: () => seen.push('refused') }, 1);
  turn();
  assert.deepEqual(seen, ['refused']);
});

test('the important takes the place of the newest of the least important', () => {
  const { queue, turn, work } = setUp(10, 2);
  const refused: string[] = [];
  const waiter = (name: string) => ({
    run: work(1),
    isGone: () => false,
    refuse: () => refused.push(name),
  });
  // The pace becomes known: one a millisecond.
  queue.hasRoom(MANY);
  for (let i = 0; i < 8; i += 1) queue.wait(waiter('first'), 1);
  for (let i = 0; i < 10; i += 1) turn();
  queue.wait(waiter('low 0'), 2);
  // Nobody is refused until somebody has waited for a while: a burst alone is no overload.
  work(3)();
  let taken = 1;
  while (taken < 100 && queue.wait(waiter(`low ${taken}`), 2)) taken += 1;
  assert.ok(taken >= 10 && taken <= 13, `${taken}`);
  assert.equal(queue.wait(waiter('normal'), 1), true);
  assert.deepEqual(refused, [`low ${taken - 1}`]);
});

test('at any load what is begun keeps the loop busy, who waits has a bound, and the important suffers last', () => {
  const load = fc.record({
    cost: fc.double({ min: 0.1, max: 2, noNaN: true }),
    factor: fc.double({ min: 0.5, max: 4, noNaN: true }),
    mix: fc.tuple(fc.nat(10), fc.nat(10), fc.nat(10)).filter((parts) => parts.some((part) => part > 0)),
  });
  fc.assert(
    fc.property(load, ({ cost, factor, mix }) => {
      const { queue, loop, turn } = setUp(50, 2);
      const [done, refused] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      const whole = mix[0] + mix[1] + mix[2];
      let longest = 0;
      let due = 0;
      let before = 0;
      let count = 0;
      while (loop.now < 3_000) {
        const began = loop.now;
        due += ((began - before) * factor) / cost;
        before = began;
        for (; due >= 1; due -= 1) {
          const at = count % whole;
          count += 1;
          const priority: Priority = at < mix[0] ? 0 : at < mix[0] + mix[1] ? 1 : 2;
          const arrived = loop.now;
          const run = () => {
            longest = Math.max(longest, loop.now - arrived);
            loop.now += cost;
            done[priority] = (done[priority] ?? 0) + 1;
          };
          const refuse = () => {
            refused[priority] = (refused[priority] ?? 0) + 1;
          };
          if (queue.hasRoom(MANY)) run();
          else if (!queue.wait({ run, isGone: () => false, refuse }, priority)) refuse();
        }
        turn();
        if (loop.now === began) loop.now += 0.2;
      }
      const busy = (done.reduce((sum, n) => sum + n, 0) * cost) / loop.now;
      assert.ok(busy >= Math.min(1, factor) * 0.95, `busy for ${busy} of the time at ${factor}`);
      assert.ok(longest <= 50 + 2 * cost, `somebody waited for ${longest} ms`);
      if (factor < 0.9) assert.deepEqual(refused, [0, 0, 0]);
      // High alone fits three times over: none of it is refused then.
      if ((factor * mix[0]) / whole < 0.3) assert.equal(refused[0], 0);
    }),
    { numRuns: 60 },
  );
});

test('a pause of the process, and what came meanwhile, is no overload', () => {
  const { queue, loop, turn, work } = setUp(100, 2);
  const waiter = {
    run: work(0.1),
    isGone: () => false,
    refuse: () => assert.fail('refused'),
  };
  // Busy for a while, at ten a millisecond.
  for (let i = 0; i < 40; i += 1) {
    while (queue.hasRoom(MANY)) loop.now += 0.1;
    for (let k = 0; k < 5; k += 1) assert.equal(queue.wait(waiter, 1), true);
    turn();
  }
  while (queue.length > 0) turn();
  assert.equal(queue.hasRoom(MANY), true);
  loop.now += 300;
  for (let i = 0; i < 200; i += 1) assert.equal(queue.wait(waiter, 1), true);
  while (queue.length > 0) turn();
});

test('there is an end to it, whatever the pace seems to be', () => {
  const { queue } = setUp();
  queue.hasRoom(MANY);
  const waiter = { run: noop, isGone: () => false, refuse: noop };
  let taken = 0;
  while (taken < 50_000 && queue.wait(waiter, PRIORITIES.normal)) taken += 1;
  assert.equal(taken, 20_000);
});

test('while newcomers stand at the door they come in first, one with each turn, for a slice; then it is the turn of who waits', () => {
  const { queue, loop, turn, work } = setUp();
  const ran: number[] = [];
  const waiter = {
    run: () => {
      ran.push(loop.now);
      loop.now += 1;
    },
    isGone: () => false,
    refuse: noop,
  };
  queue.hasRoom(MANY);
  loop.now += 2;
  for (let i = 0; i < 6; i += 1) queue.wait(waiter, PRIORITIES.normal);
  const accept = (): void => {
    work(0.5)();
    queue.newcomer();
  };
  accept();
  const began = loop.now;
  turn();
  for (let i = 0; i < 3; i += 1) {
    accept();
    turn();
  }
  assert.deepEqual(ran, [], 'four of them within the slice');
  accept();
  turn();
  assert.deepEqual(ran, [began + 2, began + 3], 'a slice for those who wait, however many come');
  accept();
  turn();
  assert.equal(ran.length, 2, 'and the door again');
  turn();
  assert.equal(ran.length, 4, 'nobody else came');
  turn();
  assert.equal(ran.length, 6);
  queue.newcomer();
  assert.equal(queue.hasRoom(3), true, 'nobody to speak of is under way');
  assert.equal(queue.hasRoom(4), false, 'what came with it waits for those behind it');
  queue.wait(waiter, PRIORITIES.normal);
  turn();
  assert.equal(ran.length, 6);
  turn();
  assert.equal(ran.length, 7);
  assert.equal(queue.hasRoom(MANY), true);
  turn();
  assert.equal(loop.deferred.length, 0, 'nothing is deferred where nobody waits');
});
