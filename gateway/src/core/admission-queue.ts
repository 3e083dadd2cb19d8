/**
 * Work that waits its turn on an event loop that is asked for more than it can do. What is begun within one turn of the
 * loop is bounded in time (a slice), so that the loop comes round quickly whatever the load; the rest waits here, in
 * sight, by priority. Whoever would wait longer than is of use is refused at once, while refusing is still cheap,
 * and the least important first. (The bounded queue and its sojourn time: Nichols and Jacobson, "Controlling queue
 * delay", 2012; to refuse early rather than late: Welsh and Culler, "Adaptive overload control", 2003.)
 *
 * While few requests are under way nothing is measured and nothing waits.
 */
import type { Clock } from './clock.ts';
import { PRIORITIES, type Priority } from './priority.ts';

/** Below so many requests under way a turn cannot be long, and is not timed. */
const UNTIMED_IN_FLIGHT = 32;
/** From so many on, those at the door come first. */
const HEEDED_IN_FLIGHT = 4;
/** Whatever the times say. */
const MAX_WAITING = 20_000;
const LANES = Object.keys(PRIORITIES).length;
/** So many that ran lately say how long one takes: enough that one pause of the process says little. */
const PACE_MEMORY = 256;
/** Part of the longest wait that somebody must have waited before anybody is refused: a burst alone is no overload. */
const PATIENCE = 0.25;

export interface Waiter {
  readonly run: () => void;
  /** Nobody waits for it any more. */
  readonly isGone: () => boolean;
  readonly refuse: () => void;
}

export interface AdmissionQueueOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Calls back once in the next turn of the event loop, after it has looked for what came. */
  readonly defer: (fire: () => void) => void;
  /** Longest that something may wait. */
  readonly maxWaitMs: number;
  /** Time that may pass within a turn until what comes has to wait. */
  readonly sliceMs: number;
}

interface Entry extends Waiter {
  readonly at: number;
}

export class AdmissionQueue {
  readonly #options: AdmissionQueueOptions;
  readonly #lanes: Entry[][] = Array.from({ length: LANES }, () => []);
  #length = 0;
  #sliceEndsAt = 0;
  #deferred = false;
  /** Milliseconds in which those of late ran, and how many they were. */
  #spentMs = 0;
  #ran = 0;
  /** Somebody came in at the door since the last turn. */
  #hasNewcomer = false;
  /** Until then the door goes first. */
  #doorUntil: number | undefined;
  #turnBegan = 0;
  #ranInTurn = 0;

  constructor(options: AdmissionQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * A connection was accepted. More may stand at the door, where nobody sees how long they wait: of them one comes in with each turn of
   * the loop. So while they come, the turns that follow begin nothing of what waits here, for a slice at most.
   */
  newcomer(): void {
    this.#hasNewcomer = true;
  }

  /** Whether what has just come may begin at once. */
  hasRoom(inFlight: number): boolean {
    if (this.#length > 0) return false;
    if (this.#hasNewcomer && inFlight >= HEEDED_IN_FLIGHT) return false;
    if (inFlight < UNTIMED_IN_FLIGHT) return true;
    const now = this.#options.clock.now();
    if (!this.#deferred) this.#beginTurn(now);
    if (now >= this.#sliceEndsAt) return false;
    this.#ranInTurn += 1;
    return true;
  }

  /**
   * Waits for its turn: `run` is called then. Returns false where it would wait too long and nothing less important
   * makes way: then it was not taken. What makes way has its `refuse` called.
   */
  wait(waiter: Waiter, priority: Priority): boolean {
    const now = this.#options.clock.now();
    if (this.#isBehind(now)) {
      if (this.#waitAhead(priority) > this.#options.maxWaitMs) return false;
      if (this.#isFull() && !this.#makeWay(priority)) return false;
    }
    if (!this.#deferred) this.#beginTurn(now);
    this.#lanes[priority]?.push({ ...waiter, at: now });
    this.#length += 1;
    return true;
  }

  /** Whether somebody has waited for long, or there are too many whatever the times say. */
  #isBehind(now: number): boolean {
    if (this.#length >= MAX_WAITING) return true;
    const since = now - this.#options.maxWaitMs * PATIENCE;
    return this.#lanes.some(([first]) => first !== undefined && first.at <= since);
  }

  #isFull(): boolean {
    return this.#length >= MAX_WAITING || this.#length * this.#paceMs > this.#options.maxWaitMs;
  }

  /** Milliseconds that one takes, of late, all in all; 0 while nobody knows. */
  get #paceMs(): number {
    return this.#ran === 0 ? 0 : this.#spentMs / this.#ran;
  }

  /** How long what is as important or more would keep it waiting, at the present pace. */
  #waitAhead(priority: Priority): number {
    let ahead = 0;
    for (let lane = 0; lane <= priority; lane += 1) ahead += this.#lanes[lane]?.length ?? 0;
    return ahead * this.#paceMs;
  }

  /** The newest of the least important goes, if it is less important than this. */
  #makeWay(priority: Priority): boolean {
    for (let lane = LANES - 1; lane > priority; lane -= 1) {
      const entry = this.#lanes[lane]?.pop();
      if (!entry) continue;
      this.#length -= 1;
      entry.refuse();
      return true;
    }
    return false;
  }

  #beginTurn(now: number): void {
    this.#turnBegan = now;
    this.#ranInTurn = 0;
    this.#deferNext(now);
  }

  #deferNext(now: number): void {
    this.#deferred = true;
    this.#sliceEndsAt = now + this.#options.sliceMs;
    this.#options.defer(() => this.#turn());
  }

  /** What came in this turn has been looked at: those who wait go on, for a slice. */
  #turn(): void {
    const { clock, sliceMs } = this.#options;
    let now = clock.now();
    if (this.#isDoorsTurn(now)) {
      this.#options.defer(() => this.#turn());
      return;
    }
    const waited = this.#length > 0;
    const endsAt = now + sliceMs;
    while (this.#length > 0 && now < endsAt) {
      this.#runNext(now);
      now = clock.now();
    }
    if (waited && this.#ranInTurn > 0) this.#learn(now - this.#turnBegan, this.#ranInTurn);
    this.#deferred = false;
    if (this.#length > 0) this.#beginTurn(now);
  }

  #isDoorsTurn(now: number): boolean {
    const came = this.#hasNewcomer && this.#length > 0;
    this.#hasNewcomer = false;
    if (came) this.#doorUntil ??= now + this.#options.sliceMs;
    if (came && this.#doorUntil !== undefined && now < this.#doorUntil) return true;
    this.#doorUntil = undefined;
    return false;
  }

  #runNext(now: number): void {
    for (const lane of this.#lanes) {
      const entry = lane.shift();
      if (!entry) continue;
      this.#length -= 1;
      if (entry.isGone() || now - entry.at > this.#options.maxWaitMs) entry.refuse();
      else {
        this.#ranInTurn += 1;
        entry.run();
      }
      return;
    }
  }

  /** What is older counts less and less. */
  #learn(spentMs: number, ran: number): void {
    const kept = Math.max(0, 1 - ran / PACE_MEMORY);
    this.#spentMs = this.#spentMs * kept + spentMs;
    this.#ran = this.#ran * kept + ran;
  }
}
