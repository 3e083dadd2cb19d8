import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { systemClock } from './core/clock.ts';
import { noLogger } from './core/log.ts';
import type { LimitCheck } from './limits/limiter.ts';
import { isReady, messageOf } from './limits/testing/child.ts';
import type { DrawOrder, DrawReport } from './limits/testing/worker.ts';
import { createPrimaryState } from './primary.ts';

const WORKERS = 4;
const forked: ChildProcess[] = [];

after(() => {
  for (const worker of forked) worker.kill('SIGKILL');
});

async function startWorkers(mode: string): Promise<readonly ChildProcess[]> {
  const primary = createPrimaryState({ clock: systemClock, logger: noLogger });
  const url = new URL('./limits/testing/worker.ts', import.meta.url);
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
