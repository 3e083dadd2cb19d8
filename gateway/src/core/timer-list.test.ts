import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import fc from 'fast-check';
import { TimerList } from './timer-list.ts';

/** Node's timers and the monotonic clock, turned together. */
function timed(run: (turn: (ms: number) => void, list: TimerList) => void, delayMs = 100): void {
  mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const turn = (ms: number): void => {
    // In steps: what fires sees the time at which it fires.
    for (let i = 0; i < ms; i += 1) {
      nowMs += 1;
      mock.timers.tick(1);
    }
  };
  try {
    run(turn, new TimerList(delayMs, () => nowMs));
  } finally {
    mock.timers.reset();
  }
}

describe('timers of one delay', () => {
  test('each fires when its own delay is over, in order', () => {
    timed((turn, list) => {
      const fired: string[] = [];
      list.add(() => fired.push('a'));
      turn(40);
      list.add(() => fired.push('b'));
      turn(59);
      assert.deepEqual(fired, []);
      turn(1);
      assert.deepEqual(fired, ['a']);
      turn(39);
      assert.deepEqual(fired, ['a']);
      turn(1);
      assert.deepEqual(fired, ['a', 'b']);
    });
  });

  test('one that is called off never fires, and holds up nobody; calling off twice harms nobody', () => {
    timed((turn, list) => {
      const fired: string[] = [];
      const off = list.add(() => fired.push('a'));
      list.add(() => fired.push('b'));
      off();
      off();
      turn(100);
      off();
      assert.deepEqual(fired, ['b']);
    });
  });

  test('one that throws does not take the turn of the others', () => {
    timed((turn, list) => {
      const fired: string[] = [];
      list.add(() => {
        throw new Error('of the first');
      });
      list.add(() => fired.push('b'));
      assert.throws(() => turn(100), /of the first/);
      turn(5);
      assert.deepEqual(fired, ['b']);
    });
  });

  test('one may be set while another fires', () => {
    timed((turn, list) => {
      const fired: string[] = [];
      list.add(() => void list.add(() => fired.push('second')));
      turn(199);
      assert.deepEqual(fired, []);
      turn(1);
      assert.deepEqual(fired, ['second']);
    });
  });

  test('whatever is set and called off: all that stay fire once, at their time', () => {
    const step = fc.record({ wait: fc.nat(60), calledOffAfter: fc.option(fc.nat(150)) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        timed((turn, list) => {
          let nowMs = 0;
          const fired = new Map<number, number>();
          const offs: { at: number; off: () => void }[] = [];
          const expected = new Map<number, number>();
          const pass = (ms: number): void => {
            for (let i = 0; i < ms; i += 1) {
              turn(1);
              nowMs += 1;
              for (const one of offs) if (one.at === nowMs) one.off();
            }
          };
          steps.forEach(({ wait, calledOffAfter }, i) => {
            pass(wait);
            const off = list.add(() => {
              assert.ok(!fired.has(i), 'it fired twice');
              fired.set(i, nowMs + 1);
            });
            if (calledOffAfter === null || calledOffAfter >= 100) expected.set(i, nowMs + 100);
            else if (calledOffAfter === 0) off();
            if (calledOffAfter !== null) offs.push({ at: nowMs + calledOffAfter, off });
          });
          pass(200);
          assert.deepEqual([...fired], [...expected]);
        });
      }),
      { numRuns: 200 },
    );
  });
});
