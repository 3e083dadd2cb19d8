import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { TicketKeys } from './ticket-keys.ts';

const HOUR_MS = 3_600_000;
const secret = 'a secret that all the nodes have';

test('nodes with one secret agree, through every rotation; other secrets and other trust do not', () => {
  const [one, other] = [new ManualClock(), new ManualClock()];
  // Started at different times, they meet by the wall clock.
  one.advance(5);
  other.advance(HOUR_MS - 1);
  const keys = new TicketKeys({ secret, rotateMs: HOUR_MS, clock: one });
  const same = new TicketKeys({ secret, rotateMs: HOUR_MS, clock: other });
  const first = keys.current('a');
  assert.equal(first.length, 48);
  assert.deepEqual(same.current('a'), first);
  assert.notDeepEqual(same.current('b'), first);
  assert.notDeepEqual(
    new TicketKeys({ secret: `${secret}.`, rotateMs: HOUR_MS, clock: one }).current('a'),
    first,
  );
  other.advance(1);
  assert.notDeepEqual(same.current('a'), first);
  one.advance(HOUR_MS);
  assert.deepEqual(keys.current('a'), same.current('a'));
});

test('without a secret each has its own', () => {
  const clock = new ManualClock();
  const options = { secret: undefined, rotateMs: HOUR_MS, clock };
  assert.notDeepEqual(new TicketKeys(options).current(''), new TicketKeys(options).current(''));
});

test('it tells of each period as it begins, until it is closed', () => {
  const clock = new ManualClock();
  const keys = new TicketKeys({ secret, rotateMs: HOUR_MS, clock });
  const seen = new Set<string>([keys.current('').toString('hex')]);
  let told = 0;
  clock.advance(HOUR_MS / 2);
  keys.follow(() => {
    told += 1;
    seen.add(keys.current('').toString('hex'));
  });
  clock.advance(HOUR_MS / 2 + 1);
  assert.equal(told, 1);
  clock.advance(2 * HOUR_MS);
  assert.equal(told, 3);
  assert.equal(seen.size, 4);
  keys.close();
  assert.equal(clock.pending, 0);
});
