/**
 * An experiment: what is set up, what breaks, and what must hold then, as data. The same code runs in the short form, where
 * what depends on the machine's pace is only told, and in the long form, which makes the table of the documentation.
 */
import type { Lab } from './lab.ts';
import type { Summary } from './tally.ts';

export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly limit: number;
  /** Whether `measured` may be at most `limit`, or must be at least that. */
  readonly is: 'at most' | 'at least';
  readonly unit: string;
  /** Whether it depends on the pace of the machine: then the short form tells it and asserts nothing. */
  readonly timed: boolean;
  /** What explains a miss, where the experiment knows it. */
  readonly why?: string;
}

export interface Finding {
  readonly targets: readonly Target[];
  /** What became of the load; for several loads, of all. */
  readonly seen: readonly Summary[];
}

export interface Experiment {
  readonly number: number;
  /** Tells experiments apart that share a number (7 with workers, with one process). */
  readonly title: string;
  /** Left out of the short form. */
  readonly isOnDemand?: boolean;
  /** Beyond its phases: processes that start, buckets that fill again, loads that end. 2 minutes. */
  readonly allowanceMs?: number;
  run(lab: Lab): Promise<Finding>;
}

export function isMet({ measured, limit, is }: Target): boolean {
  return is === 'at most' ? measured <= limit : measured >= limit;
}

/** What is counted: asserted in both forms. */
export function count(name: string, measured: number, limit = 0, unit = ''): Target {
  return { name, measured, limit, is: 'at most', unit, timed: false };
}

export function atLeast(name: string, measured: number, limit: number, unit = ''): Target {
  return { name, measured, limit, is: 'at least', unit, timed: false };
}

/** What the machine's pace decides as well. */
export function time(name: string, measured: number, limit: number, unit = 'ms'): Target {
  return { name, measured, limit, is: 'at most', unit, timed: true };
}

export function timedAtLeast(name: string, measured: number, limit: number, unit = ''): Target {
  return { name, measured, limit, is: 'at least', unit, timed: true };
}

/** By how many percent `now` is more than `before`. Below `floorMs` a difference is noise. */
export function risePercent(before: number, now: number, floorMs = 2): number {
  return now - before <= floorMs ? 0 : ((now - before) / before) * 100;
}
