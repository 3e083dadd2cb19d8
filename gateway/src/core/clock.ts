import { TimerList } from './timer-list.ts';

/** Time as a dependency. Whatever measures, waits or refills takes a `Clock`, so that a test may turn it. */
export interface Clock {
  /** Monotonic milliseconds with fractions; its origin means nothing. Never goes back. */
  now(): number;
  /** Wall clock, milliseconds since the epoch: for tokens, logs and HTTP dates only. */
  wall(): number;
  /** Calls `fire` once after `delayMs`, unless the returned function is called first. Never keeps a process alive. */
  after(delayMs: number, fire: () => void): () => void;
}

/** Delays that come from a configuration are few, and each has its list; any other has a timer of its own. */
const MAX_LISTS = 64;
const lists = new Map<number, TimerList>();

function listOf(delayMs: number): TimerList | undefined {
  let list = lists.get(delayMs);
  if (!list && lists.size < MAX_LISTS && Number.isInteger(delayMs)) {
    list = new TimerList(delayMs, systemClock.now);
    lists.set(delayMs, list);
  }
  return list;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, fire) {
    const list = listOf(delayMs);
    if (list) return list.add(fire);
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A source of chance in [0, 1), for jitter and picks; replaced in tests. */
export type Random = () => number;
