/**
 * One queue over all that `npm test` does: the machine has so many places, each job takes some of them, and whenever
 * places become free the first job in line that fits takes them. So no core waits while there is work. A job that takes
 * several gets them between its likes, or once those that take fewer are done: put the widest first.
 */
import { availableParallelism, totalmem } from 'node:os';

export interface Job {
  /** How many places it takes; more than there are means all of them. */
  readonly places: number;
  run(): Promise<void>;
}

/** What a process of a test may take, with all that it starts. */
const BYTES_OF_A_PLACE = 1024 ** 3;

/** Three to two cores, since most tests also wait; fewer where memory is short. */
export function placesHere(cores = availableParallelism(), bytes = totalmem()): number {
  return Math.max(2, Math.min(Math.ceil(cores * 1.5), Math.floor(bytes / BYTES_OF_A_PLACE)));
}

/** Resolves when all are done. Rejects with the first that does, and begins no other. */
export function runQueue(jobs: readonly Job[], places: number): Promise<void> {
  const waiting = [...jobs];
  let free = places;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const takesOf = (job: Job): number => Math.min(job.places, places);
  const begin = (): void => {
    for (let i = 0; i < waiting.length && free > 0; ) {
      const job = waiting[i];
      if (job === undefined || takesOf(job) > free) {
        i += 1;
        continue;
      }
      waiting.splice(i, 1);
      free -= takesOf(job);
      job.run().then(() => {
        free += takesOf(job);
        begin();
      }, fail);
    }
    if (waiting.length === 0 && free === places) resolve();
  };
  const fail = (error: unknown): void => {
    waiting.length = 0;
    reject(error);
  };
  begin();
  return promise;
}
