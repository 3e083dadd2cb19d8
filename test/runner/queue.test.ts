import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, placesHere, runQueue } from './queue.ts';

/** Jobs that end when they are told to, and what is under way. */
class Bench {
  readonly running = new Map<string, () => void>();
  readonly begun: string[] = [];

  job(name: string, places: number): Job {
    return {
      places,
      run: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.running.set(name, resolve);
        this.begun.push(name);
        return promise;
      },
    };
  }

  /** Names those that run once `name` has ended and others took its places. */
  async end(name: string): Promise<string> {
    this.running.get(name)?.();
    this.running.delete(name);
    await new Promise(setImmediate);
    return [...this.running.keys()].join(' ');
  }
}

test('free places go to the first in line that fits; one that takes all waits until they are free', async () => {
  const bench = new Bench();
  const all = runQueue(
    [
      bench.job('wide', 2),
      bench.job('alone', Number.POSITIVE_INFINITY),
      bench.job('wider', 2),
      bench.job('a', 1),
      bench.job('b', 1),
    ],
    3,
  );
  assert.deepEqual([...bench.running.keys()], ['wide', 'a']);
  assert.equal(await bench.end('a'), 'wide b');
  assert.equal(await bench.end('wide'), 'b wider');
  assert.equal(await bench.end('b'), 'wider');
  assert.equal(await bench.end('wider'), 'alone');
  await bench.end('alone');
  await all;
  assert.deepEqual(bench.begun, ['wide', 'a', 'b', 'wider', 'alone']);
});

test('a job that rejects ends the queue', async () => {
  const bench = new Bench();
  const broken: Job = { places: 1, run: () => Promise.reject(new Error('x')) };
  await assert.rejects(runQueue([broken, bench.job('never', 1)], 1), /x/);
  assert.deepEqual(bench.begun, []);
  await runQueue([], 1);
});

test('places are as many as cores and memory carry, and never fewer than two', () => {
  const gib = 1024 ** 3;
  assert.deepEqual(
    [placesHere(2, 24 * gib), placesHere(8, 64 * gib), placesHere(8, 4 * gib), placesHere(1, gib)],
    [3, 12, 4, 2],
  );
});
