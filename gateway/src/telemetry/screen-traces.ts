/** What happens to screens, told to two who want to know it. */
import type { ScreenTraces } from '../core/request-trace.ts';

export function bothScreenTraces(one: ScreenTraces, other: ScreenTraces | undefined): ScreenTraces {
  if (!other) return one;
  return {
    begin(timeline, screen) {
      const a = one.begin(timeline, screen);
      const b = other.begin(timeline, screen);
      if (!a || !b) return a ?? b;
      return {
        settled(part) {
          a.settled(part);
          b.settled(part);
        },
        ended(part, outcome, failure) {
          a.ended(part, outcome, failure);
          b.ended(part, outcome, failure);
        },
        waited(part, awaited, startedAt, endedAt) {
          a.waited(part, awaited, startedAt, endedAt);
          b.waited(part, awaited, startedAt, endedAt);
        },
      };
    },
  };
}
