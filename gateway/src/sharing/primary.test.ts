import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { flowsConfig } from '../bff/flow/flow-config.ts';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import type { LimitCheck } from '../limits/limiter.ts';
import { PrimaryLimiter } from '../limits/primary-limits.ts';
import { isReady, messageOf } from '../limits/testing/child.ts';
import type { DrawOrder, DrawReport } from '../limits/testing/worker.ts';
import { PrimaryStore } from '../state/primary-store.ts';
import { connect, pairOfWorkers } from '../state/testing/worker-pair.ts';
import { createPrimaryState } from './primary.ts';

const WORKERS = 4;
const forked: ChildProcess[] = [];

after(() => {
  for (const worker of forked) worker.kill('SIGKILL');
});

async function startWorkers(mode: string): Promise<readonly ChildProcess[]> {
  const primary = createPrimaryState({ clock: systemClock, logger: noLogger });
  const url = new URL('../limits/testing/worker.ts', import.meta.url);
  const workers = Array.from({ length: WORKERS }, () =>
    fork(url, ['"memory"', mode, `${WORKERS}`], {
      execArgv: [],
      env: { ...process.env, ...primary.environment },
    }),
  );
  forked.push(...workers);
  for (const worker of workers) primary.adopt(worker);
  await Promise.all(workers.map((worker) => messageOf(worker, isReady)));
  return workers;
}

function draw(worker: ChildProcess, order: DrawOrder): Promise<DrawReport> {
  worker.send(order);
  return messageOf(worker, isReport);
}

function isReport(message: unknown): message is DrawReport {
  return typeof message === 'object' && message !== null && 'admitted' in message;
}

describe('the primary process as store', { concurrency: false }, () => {
  for (const mode of ['exact', 'leased'] as const) {
    test(`J139: ${mode}: four workers, a thousand draws each at once: exactly the capacity`, async () => {
      const workers = await startWorkers(mode);
      const check: LimitCheck = {
        spec: { name: 'p', capacity: 1500, refillPerMs: 1e-9 },
        key: ['plan', 'acme', mode],
      };
      let admitted = 0;
      // What one worker leased and did not need goes back for the others: then they have the rest, and no more.
      for (let round = 0; round === 0 || admitted < 1500; round += 1) {
        const reports = await Promise.all(workers.map((worker) => draw(worker, { check, draws: 1000 })));
        admitted += reports.reduce((sum, report) => sum + report.admitted, 0);
        assert.ok(admitted <= 1500, `${admitted}`);
        assert.ok(reports.every(({ failed, fallbacks }) => failed === 0 && fallbacks === 0));
        if (mode === 'exact') assert.equal(admitted, 1500);
      }
      for (const worker of workers) worker.send('end');
      await Promise.all(workers.map((worker) => once(worker, 'exit')));
    });
  }
});

/** When a process began, as locks have it. */
function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${start}`;
}

describe('files of a node with workers', () => {
  const quota = {
    name: 'q',
    algorithm: 'fixed-window',
    capacity: 10,
    refillPerMs: 10 / 86_400_000,
    windowMs: 86_400_000,
    period: 'day',
    timeZone: 'UTC',
  } as const;

  /** A primary with its file, and a worker of it that draws. */
  async function startNode(file: string) {
    const config = { state: { file }, flows: flowsConfig.parse(undefined) };
    const server = pairOfWorkers(0);
    const { clock } = server;
    const primary = createPrimaryState({ config, clock, logger: noLogger });
    await primary.open();
    const near = connect(primary.adopt);
    const limiter = new PrimaryLimiter(new PrimaryStore({ clock, end: near }));
    const draw = async (tokens: number) =>
      (await limiter.take([{ spec: quota, key: ['q', 'acme'] }], tokens))[0];
    return { primary, draw, clock };
  }

  test('a quota of the day survives the primary; workers that wait for its file draw when it is there', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'frontdesk-primary-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'quotas');
    const node = await startNode(file);
    assert.equal((await node.draw(7))?.remaining, 3);
    await node.primary.close();
    // Another process that runs has it.
    const pid = process.ppid;
    writeFileSync(`${file}.lock`, `${pid} ${startOf(pid)} ${hostname()}\n`);
    const next = await startNode(file);
    const waiting = next.draw(1);
    rmSync(`${file}.lock`);
    next.clock.advance(200);
    assert.equal((await waiting)?.remaining, 2);
    assert.equal((await next.draw(3))?.allowed, false);
    await next.primary.close();
  });

  test('a file that cannot be written is told before workers are started', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'frontdesk-primary-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'file'), '');
    const primary = createPrimaryState({
      config: { state: { file: join(folder, 'file', 'quotas') }, flows: flowsConfig.parse(undefined) },
      clock: systemClock,
      logger: noLogger,
    });
    await assert.rejects(primary.open());
    await primary.close();
  });
});
