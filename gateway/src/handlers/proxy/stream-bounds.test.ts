import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { type Meter, noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import { coded } from '../../core/testing/errors.ts';
import { makeExchange, makeIdentity } from '../../core/testing/exchange.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { boundReached, type Held, StreamBounds } from './stream-bounds.ts';

const LIMITS = { idleMs: 60_000, lifetimeMs: 3_600_000, maxPerCaller: 2 };

function bounding() {
  const clock = new ManualClock();
  const lost = new Set<string>();
  const seen = new Map<string, number>();
  const meter: Meter = {
    ...noMeter,
    gauge:
      () =>
      (value, ...labels) =>
        void seen.set(labels.join(' '), value),
    counter:
      () =>
      (value, ...labels) =>
        void seen.set(labels.join(' '), (seen.get(labels.join(' ')) ?? 0) + value),
  };
  const generation = new OpenStreams({ clock, random: () => 0 });
  const process = new OpenStreams({ clock, random: () => 0 });
  const counts = new CallerCounts();
  const watch = new IdentityWatch(clock, ({ subject }) => !lost.has(subject));
  const bounds = new StreamBounds({ clock, meter, watch, counts, generation, process });
  const ended: string[] = [];
  const hold = (subject = 'a', route = '/r'): Held => {
    const { exchange } = makeExchange({ identity: makeIdentity({ subject }) });
    const held = bounds.hold(exchange, 'socket', route, LIMITS, (error) => {
      ended.push(boundReached(error));
      held.release(boundReached(error));
    });
    return held;
  };
  return { clock, lost, seen, generation, process, counts, hold, ended };
}

test('whatever bounds one is let go with it, and the first reason counts', () => {
  const { clock, seen, generation, process, counts, hold } = bounding();
  const held = hold();
  assert.deepEqual([generation.size, process.size, counts.size, seen.get('/r socket')], [1, 1, 1, 1]);
  held.release('client');
  held.release('idle');
  held.active();
  assert.deepEqual([generation.size, process.size, counts.size, seen.get('/r socket')], [0, 0, 0, 0]);
  assert.equal(seen.get('/r socket client'), 1);
  assert.equal(seen.get('/r socket idle'), undefined);
  assert.equal(clock.pending, 0);
});

test('a caller has so many on a route; other callers and other routes are counted apart', () => {
  const { hold, seen } = bounding();
  const first = hold();
  hold();
  assert.throws(() => hold(), coded('rate_limited'));
  assert.equal(seen.get('/r socket'), 3, 'two are open and one was refused');
  hold('b');
  hold('a', '/other');
  first.release('client');
  hold();
});

test('idle is counted from the last word, lifetime from the first', () => {
  const { clock, hold, ended } = bounding();
  const held = hold();
  for (let minute = 0; minute < 59; minute += 1) {
    clock.advance(59_999);
    held.active();
  }
  assert.deepEqual(ended, []);
  clock.advance(60_000);
  assert.deepEqual(ended, ['idle']);
  const kept = hold();
  for (let half = 0; half < 121; half += 1) {
    clock.advance(30_000);
    kept.active();
  }
  assert.deepEqual(ended, ['idle', 'lifetime']);
});

test('M163 an identity that is lost ends it within a second of that being known', () => {
  const { clock, lost, hold, ended } = bounding();
  hold();
  lost.add('a');
  clock.advance(1_000);
  assert.deepEqual(ended, ['credentials']);
});

test('drain and reload end it', () => {
  const { clock, generation, process, hold, ended } = bounding();
  hold();
  process.endAll(new FrontdeskError('draining'), 0);
  clock.advance(1);
  hold('b');
  generation.endAll(new FrontdeskError('stream_ended', { detail: 'the configuration was replaced' }), 0);
  clock.advance(1);
  assert.deepEqual(ended.slice(0, 1), ['drain']);
  assert.equal(ended.length, 2);
});
