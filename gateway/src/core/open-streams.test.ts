import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from './errors.ts';
import { ManualClock } from './manual-clock.ts';
import { OpenStreams } from './open-streams.ts';

function open(draws: number[]) {
  const clock = new ManualClock();
  const streams = new OpenStreams({ clock, random: () => draws.shift() ?? 0 });
  return { clock, streams };
}

test('all are ended, each at a moment of its own', () => {
  const { clock, streams } = open([0.5, 0.1, 0.9]);
  const ended: string[] = [];
  for (const name of ['a', 'b', 'c']) streams.add((reason) => ended.push(`${name} ${reason.code}`));
  streams.endAll(new FrontdeskError('draining'), 1_000);
  clock.advance(100);
  assert.deepEqual(ended, ['b draining']);
  clock.advance(900);
  assert.deepEqual(ended, ['b draining', 'a draining', 'c draining']);
  assert.equal(streams.size, 0);
});

test('one that has left is not ended, and leaves no timer', () => {
  const { clock, streams } = open([0.5]);
  const leave = streams.add(() => assert.fail('it has left'));
  streams.endAll(new FrontdeskError('draining'), 1_000);
  leave();
  assert.equal(clock.pending, 0);
  clock.advance(1_000);
});

test('one that comes while all end is ended too', () => {
  const { clock, streams } = open([0.5, 1]);
  streams.endAll(new FrontdeskError('draining'), 1_000);
  let ended = 0;
  streams.add(() => {
    ended += 1;
  });
  clock.advance(1_000);
  assert.equal(ended, 1);
});
