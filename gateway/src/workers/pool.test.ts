import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { workerSettings } from './config.ts';
import { HandWorker, type Manner, version } from './hand-worker.fixture.ts';
import { WorkerPool } from './pool.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 40; i += 1) await Promise.resolve();
};

function setUp(count: number, startAtOnce = count, spare = 0) {
  const clock = new ManualClock();
  const workers: HandWorker[] = [];
  const pool = new WorkerPool({
    settings: { ...workerSettings(count), spare },
    count,
    graceMs: 1_000,
    startAtOnce,
    start: (number) => {
      const worker = new HandWorker(number, 100 + workers.length);
      workers.push(worker);
      return worker;
    },
    served: version(1),
    place: { host: 'h', port: 1 },
    adminSocket: undefined,
    clock,
    logger: noLogger,
    meter: noMeter,
  });
  const alive = (): HandWorker[] => workers.filter(({ isOver }) => !isOver);
  const allReady = async (): Promise<void> => {
    for (const worker of alive()) worker.ready();
    await settled();
  };
  return { clock, workers, pool, alive, allReady };
}

async function started(count: number) {
  const all = setUp(count);
  const begun = all.pool.start();
  await all.allReady();
  await begun;
  return all;
}

/** What they serve, by number. */
function numbers(workers: readonly HandWorker[]): (number | undefined)[] {
  return workers.map(({ serves }) => serves?.version.number);
}

test('it serves as soon as one does, and as many start at a time as there are processors', async () => {
  const { pool, workers } = setUp(5, 2);
  const begun = pool.start();
  assert.equal(workers.length, 2);
  workers[1]?.ready();
  await begun;
  await settled();
  assert.equal(workers.length, 3);
  workers[0]?.end('exit code 1');
  await settled();
  assert.equal(workers.length, 4);
  assert.deepEqual([pool.notReady(), pool.versions().length], [[], 1]);
});

test('where none of the first starts, none is left', async () => {
  const { pool, workers, alive } = setUp(3);
  const begun = pool.start();
  for (const worker of workers) worker.end('exit code 3');
  await assert.rejects(begun, /no worker could be started: .*exit code 3/);
  assert.deepEqual(alive(), []);
});

test('all take over, or none does: where one refuses, does not answer, or is ended by it', async () => {
  for (const manner of ['refuses', 'waits', 'dies'] as const) {
    for (const at of [0, 1]) {
      const { pool, workers, alive, clock } = await started(2);
      const worker = workers[at];
      assert.ok(worker);
      worker.prepares = manner;
      const applied = pool.apply(version(2));
      await settled();
      clock.advance(60_000);
      // One that ends by itself while another could build it is no reason against it.
      if (manner === 'dies' && at === 1) await applied;
      else await assert.rejects(applied, new RegExp(`worker ${at + 1}: `));
      const expected = manner === 'dies' && at === 1 ? 2 : 1;
      assert.deepEqual(new Set(numbers(alive())), new Set([expected]), `${manner} at ${at}`);
      assert.equal(pool.served.version.number, expected);
    }
  }
});

test('where the first cannot take over what it built, the others never do', async () => {
  for (const manner of ['refuses', 'waits', 'dies'] as const) {
    const { pool, workers, alive, clock } = await started(3);
    const [first] = workers;
    assert.ok(first);
    first.decides = manner;
    const applied = pool.apply(version(2));
    await settled();
    clock.advance(5_000);
    await assert.rejects(applied, /worker 1 did not take over/);
    // One in its place may have begun by now.
    assert.deepEqual(new Set(numbers(alive())), new Set([1]));
    assert.deepEqual([first.isOver, pool.served.version.number], [true, 1]);
  }
});

test('one that starts while a configuration is taken over gets connections when it serves that', async () => {
  const { pool, workers, alive, allReady, clock } = await started(2);
  workers[1]?.end('SIGSEGV');
  await settled();
  clock.advance(100);
  await settled();
  const late = workers[2];
  const [first] = workers;
  assert.ok(late && first);
  // Begun with the first version; the other is taken over meanwhile.
  await pool.apply(version(2));
  assert.equal(late.serves?.version.number, 1);
  late.prepares = 'waits';
  await allReady();
  for (let i = 0; i < 4; i += 1) pool.dispatch(new Socket());
  assert.deepEqual([first.given.size, late.given.size], [4, 0]);
  late.end('SIGKILL');
  await settled();
  clock.advance(1_000);
  await allReady();
  for (let i = 0; i < 4; i += 1) pool.dispatch(new Socket());
  assert.deepEqual(numbers(alive()), [2, 2]);
  assert.equal(workers[3]?.given.size, 4);
});

test('a rehearsal builds on one of them and changes nothing', async () => {
  const { pool, workers } = await started(2);
  await pool.rehearse(version(2));
  assert.deepEqual(numbers(workers), [1, 1]);
  assert.match(JSON.stringify(workers[0]?.sent.at(-1)), /"commit":false/);
  for (const worker of workers) worker.prepares = 'refuses';
  await assert.rejects(pool.rehearse(version(2)), /worker 1: two routes are one/);
});

test('connections that did not reach one, and those of one that ended, go to others', async () => {
  const { pool, workers } = await started(2);
  const [first, second] = workers;
  assert.ok(first && second);
  const sockets = Array.from({ length: 6 }, () => new Socket());
  for (const socket of sockets) pool.dispatch(socket);
  assert.deepEqual([first.given.size, second.given.size], [3, 3]);
  first.take(2);
  assert.deepEqual(
    [first.given.size, second.given.size].reduce((sum, one) => sum + one),
    6,
  );
  first.end('SIGKILL');
  assert.equal(second.given.size, 5);
  assert.equal(sockets.filter(({ destroyed }) => destroyed).length, 1);
});

test('leaving ends within the grace, though somebody still waits for a worker', async () => {
  const { pool, workers, alive, clock } = await started(1);
  const [only] = workers;
  assert.ok(only);
  for (let i = 0; i < 17; i += 1) pool.dispatch(new Socket());
  assert.equal(pool.waiting, 1);
  const closed = pool.close(500);
  clock.advance(500);
  await settled();
  assert.match(JSON.stringify(only.sent.at(-1)), /"drain"/);
  clock.advance(1_000);
  await closed;
  assert.deepEqual([alive(), pool.waiting], [[], 0]);
});

/** What may happen to workers; each manner is that of the worker in whose place it stands. */
type Happening =
  | { readonly what: 'change'; readonly prepares: readonly Manner[]; readonly decides: readonly Manner[] }
  | { readonly what: 'crash'; readonly worker: number }
  | { readonly what: 'restart'; readonly worker: number }
  | { readonly what: 'ready' }
  | { readonly what: 'time'; readonly ms: number };

const manner = fc.constantFrom<Manner>('does', 'does', 'does', 'refuses', 'waits', 'dies');
const manners = fc.array(manner, { minLength: 3, maxLength: 3 });
const happening = fc.oneof<fc.Arbitrary<Happening>[]>(
  fc.record({ what: fc.constant('change' as const), prepares: manners, decides: manners }),
  fc.record({ what: fc.constant('crash' as const), worker: fc.nat(2) }),
  fc.record({ what: fc.constant('restart' as const), worker: fc.nat(2) }),
  fc.record({ what: fc.constant('ready' as const) }),
  fc.record({ what: fc.constant('time' as const), ms: fc.constantFrom(50, 500, 5_000, 60_000) }),
);

test('after whatever happens, all that get connections serve the same, and it is what is said to be in force', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (happenings) => {
      const { pool, workers, alive, allReady, clock } = await started(3);
      let number = 1;
      for (const one of happenings) {
        if (one.what === 'change') {
          number += 1;
          for (const worker of alive()) {
            worker.prepares = one.prepares[worker.number - 1] ?? 'does';
            worker.decides = one.decides[worker.number - 1] ?? 'does';
          }
          void pool.apply(version(number)).catch(() => {});
        } else if (one.what === 'crash') alive()[one.worker]?.end('SIGSEGV');
        else if (one.what === 'restart') void pool.rolling.restart(one.worker + 1).catch(() => {});
        else if (one.what === 'ready') await allReady();
        else clock.advance(one.ms);
        await settled();
      }
      // All that is under way comes to its end.
      for (let i = 0; i < 15; i += 1) {
        for (const worker of alive()) Object.assign(worker, { prepares: 'does', decides: 'does' });
        clock.advance(10_000);
        await allReady();
      }
      const open = new Set(pool.versions().map(({ pid }) => pid));
      const serving = workers.filter(({ pid, isOver }) => open.has(pid) && !isOver);
      assert.equal(serving.length, 3);
      assert.deepEqual(new Set(numbers(serving)), new Set([pool.served.version.number]));
      assert.deepEqual(new Set(pool.versions().map(({ version: shown }) => shown.number)).size, 1);
      const closed = pool.close();
      clock.advance(10_000);
      await closed;
    }),
    { numRuns: 40 },
  );
});

test('a spare process is started when all serve, becomes the worker that died, and is followed by another', async () => {
  const { pool, workers, clock } = setUp(2, 2, 1);
  const begun = pool.start();
  workers[0]?.ready();
  await begun;
  await settled();
  assert.equal(workers.length, 2, 'none while a worker starts');
  workers[1]?.ready();
  await settled();
  const [, second, spare] = workers;
  assert.ok(second && spare);
  assert.deepEqual([workers.length, spare.number, spare.sent, pool.versions().length], [3, 0, [], 2]);
  spare.says({ kind: 'loaded' });
  await pool.apply(version(2));

  second.end('SIGKILL');
  await settled();
  clock.advance(100);
  spare.ready();
  await settled();
  assert.deepEqual([spare.serves?.version.number, pool.versions().map(({ pid }) => pid)], [2, [100, 102]]);
  assert.equal(workers.length, 4, 'another waits');
  const closed = pool.close();
  assert.deepEqual([workers[3]?.isOver, workers[3]?.signals], [true, ['SIGKILL']]);
  for (const worker of workers) worker.end('exit code 0');
  await closed;
  clock.advance(60_000);
  assert.equal(workers.length, 4);
});
