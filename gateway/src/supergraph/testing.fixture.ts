/** A follower that remembers what it was told, for tests that wait for it. */
import type { SupergraphFollower } from './source.ts';

export type Told = readonly [kind: keyof SupergraphFollower, text?: string];

export interface RecordedFollower extends SupergraphFollower {
  /** What was told, in order, each once; waits where there is nothing yet. */
  next(): Promise<Told>;
  readonly waiting: number;
}

export function recordedFollower(): RecordedFollower {
  const told: Told[] = [];
  let wake: (() => void) | undefined;
  const tell = (one: Told): void => {
    told.push(one);
    wake?.();
  };
  return {
    changed: (sdl) => tell(['changed', sdl]),
    unchanged: () => tell(['unchanged']),
    failed: (reason) => tell(['failed', reason]),
    refused: (reason) => tell(['refused', reason]),
    get waiting() {
      return told.length;
    },
    async next() {
      // A timer that holds the process: sources never do.
      const hold = setInterval(() => {}, 1_000);
      try {
        for (;;) {
          const first = told.shift();
          if (first) return first;
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await promise;
        }
      } finally {
        clearInterval(hold);
      }
    },
  };
}
