/** What sources are tested with: a follower that remembers what it was told, and settings as they are written. */
import type { TestContext } from 'node:test';
import { systemClock } from '../../../core/clock.ts';
import type { EndpointSpec } from '../../endpoints/target.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from '../source.ts';

export const parts: SourceParts = { clock: systemClock, random: () => 0 };

export interface Recorded extends DiscoveryFollower {
  /** Where calls would go, sorted, as of the last set that came. */
  readonly last: readonly string[] | undefined;
  readonly specs: readonly EndpointSpec[];
  readonly faults: readonly string[];
  readonly failures: string[];
  confirmations: number;
  sets: number;
  /** Resolves when `condition` holds, now or after something was told. */
  until(condition: (seen: Recorded) => boolean): Promise<void>;
}

/** Where calls to it would go: the address, or the URL's host, and the port. */
export function placeOf({ url, address }: EndpointSpec): string {
  const { hostname, port } = new URL(url);
  return `${address ?? hostname}:${port}`;
}

export function recorded(): Recorded {
  let specs: readonly EndpointSpec[] | undefined;
  let faults: readonly string[] = [];
  const waiting = new Set<() => void>();
  const tell = (): void => {
    for (const check of [...waiting]) check();
  };
  const seen: Recorded = {
    get last() {
      return specs?.map(placeOf).sort();
    },
    get specs() {
      return specs ?? [];
    },
    get faults() {
      return faults;
    },
    failures: [],
    confirmations: 0,
    sets: 0,
    found(next, more = []) {
      specs = next;
      faults = more;
      seen.sets += 1;
      tell();
    },
    confirmed() {
      seen.confirmations += 1;
      tell();
    },
    failed(reason) {
      seen.failures.push(reason);
      tell();
    },
    until(condition) {
      const { promise, resolve } = Promise.withResolvers<void>();
      // A timer that holds the process: sources never do.
      const hold = setInterval(() => {}, 1_000);
      const check = (): void => {
        if (!condition(seen)) return;
        waiting.delete(check);
        clearInterval(hold);
        resolve();
      };
      waiting.add(check);
      check();
      return promise;
    },
  };
  return seen;
}

export interface Following {
  readonly seen: Recorded;
  /** How it ended. */
  readonly ended: Promise<Error | undefined>;
  stop(): Promise<Error | undefined>;
}

/** Follows a source until it fails, or the test ends. */
export function follow(t: TestContext, source: DiscoverySource, seen = recorded()): Following {
  const end = new AbortController();
  const ended = source.follow(seen, end.signal).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const stop = (): Promise<Error | undefined> => {
    end.abort();
    return ended;
  };
  t.after(stop);
  return { seen, ended, stop };
}

/** Turns of the event loop until it holds. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
