/**
 * Workers are killed while rides stand between their steps. Their journal is the primary's, in its memory or in a file: the worker
 * beside the dead one, or the one that comes in its place, ends what it left, and no two have the same ride.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServedGateway } from './gateway.ts';
import { askedUntilTold, endedWell, FORWARD, standAt } from './ride-points.ts';
import { RideWorld } from './ride-world.ts';

const POLL_MS = 20;
const WITHIN_MS = 90_000;
const ASKED = 40;
const world = new RideWorld();

interface WorkerView {
  readonly state: string;
  readonly pid: number;
}

async function workersOf(gateway: ServedGateway): Promise<number[]> {
  const text = await (await fetch(`${gateway.adminUrl}/admin/workers`)).text();
  const { workers }: { workers: readonly WorkerView[] } = JSON.parse(text);
  return workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
}

/** Until both workers serve, and none of them is one of `gone`. */
async function bothServe(gateway: ServedGateway, gone: readonly number[] = []): Promise<number[]> {
  for (const end = performance.now() + WITHIN_MS; ; ) {
    const pids = await workersOf(gateway);
    if (pids.length === 2 && !pids.some((pid) => gone.includes(pid))) return pids;
    assert.ok(performance.now() < end, gateway.output());
    await wait(POLL_MS);
  }
}

before(() => world.start());
after(() => world.close());

for (const [where, journal] of [
  ['in the primary’s memory', {}],
  ['in the primary’s file', { journal: { file: './workers.journal' } }],
] as const) {
  describe(`rides of workers, their journal ${where}`, () => {
    let gateway: ServedGateway;
    before(async () => {
      const workers = { count: 2, startWithin: '2m', silence: '60s', backoff: '20ms' };
      gateway = await world.gateway({ workers, shedding: 'off', flows: { lease: '1s', ...journal } });
      await bothServe(gateway);
    });
    after(() => gateway?.stop());

    it('one key, asked for on many connections, is one ride', async () => {
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: ASKED }, () => askedUntilTold(world, gateway, key)),
      );
      const told = new Set(answers.map((answer) => `${answer?.status} ${answer?.text}`));
      assert.equal(told.size, 1, [...told].join('\n').slice(0, 2000));
      assert.equal(answers[0]?.status, 201);
      const [ride, ...others] = await world.addsUp('asked often');
      assert.deepEqual(others, []);
      assert.equal((await world.cancel(gateway, ride?.id ?? '', `${key} off`))?.status, 200);
    });

    it('are whole, or nothing, after kill -9 of both', async () => {
      const name = `workers ${where}`;
      const keys = await standAt(world, gateway, FORWARD, { after: true, name });
      const pids = await bothServe(gateway);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await bothServe(gateway, pids);
      await endedWell(world, gateway, FORWARD, keys, name);
    });
  });
}
