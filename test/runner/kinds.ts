/**
 * What a test file is, by where it lies: how much of the machine it takes while it runs, and how long it may. The limits
 * end what hangs: they are many times what a file takes, as another machine may be slower and do other things.
 */
import { join } from 'node:path';

export interface Kind {
  /** Of the machine's (queue.ts); more than there are means that nothing runs beside. */
  readonly places: number;
  readonly timeoutMs: number;
  /** Whether it shares its process with others of its folder; `by text`: unless it looks at or changes its process. */
  readonly sharing: 'always' | 'by text' | 'never';
}

/** Runs in its process, with servers that it starts for itself. */
const UNIT: Kind = { places: 1, timeoutMs: 600_000, sharing: 'by text' };
/** Runs the examples of a page: its gateway is in a process beside its own, which serves for all of a batch. */
const PAGE: Kind = { places: 1, timeoutMs: 1_800_000, sharing: 'always' };
/** Starts a whole stack. */
const STACK: Kind = { places: 1, timeoutMs: 1_800_000, sharing: 'by text' };
/**
 * Breaks a stack and watches what becomes of it: processes that die and start again want a core. What the pace of the
 * machine makes of it is told there, and not asserted.
 */
const CHAOS: Kind = { places: 2, timeoutMs: 1_200_000, sharing: 'never' };
/** Measures, so that what it sees depends on what else the machine does. */
const MEASURE: Kind = { places: Number.POSITIVE_INFINITY, timeoutMs: 1_200_000, sharing: 'never' };

const ROOMS: readonly (readonly [room: string, kind: Kind])[] = [
  ['test/load', MEASURE],
  ['test/chaos', CHAOS],
  ['test/e2e', STACK],
  ['test/docs', PAGE],
];

export function kindOf(file: string): Kind {
  return ROOMS.find(([room]) => file.startsWith(join(room)))?.[1] ?? UNIT;
}

/**
 * The order in which they begin: whoever takes several places, then the longest (begun last, one of them would run on
 * alone), then stacks; what is not named comes last and fills the gaps. Whoever wants all places gets them in the end.
 */
const ORDER = [
  'test/chaos/soak',
  'test/chaos/experiments',
  'test/chaos/workers.',
  'test/chaos/ride-crashes',
  'test/chaos',
  'test/e2e/packed',
  'test/e2e/fresh-clone',
  'test/e2e/reload-soak',
  'test/e2e/live-page',
  'gateway/src/graph/second-planner',
  'gateway/src/graph/cases',
  'test/fuzz',
  'gateway/src/graph/random-difference',
  'test/e2e',
  'test/docs',
];

export function inOrder(files: readonly string[]): string[] {
  const rank = (file: string): number => {
    const index = ORDER.findIndex((start) => file.startsWith(join(start)));
    return index < 0 ? ORDER.length : index;
  };
  return files.toSorted((a, b) => rank(a) - rank(b));
}
