import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { flow, settle, step } from '../bff/flow/flow.fixture.ts';
import { flowsConfig } from '../bff/flow/flow-config.ts';
import type { FlowRecord } from '../bff/flow/flow-record.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryStore } from '../state/memory.ts';
import { Flows } from './flows.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-flows-'));
after(() => rmSync(folder, { recursive: true }));

function open(clock: ManualClock, journal: 'state' | { file: string }, warned: string[] = []) {
  return new Flows({
    config: flowsConfig.parse({ journal, undoFor: '1s' }),
    state: 'memory',
    store: new MemoryStore({ clock }),
    clock,
    random: () => 0.5,
    logger: { ...noLogger, warn: (_fields, message) => void warned.push(message) },
    meter: noMeter,
  });
}

const record: FlowRecord = {
  v: 1,
  flow: 'buy',
  fingerprint: '',
  nonce: '',
  requestId: 'r7',
  traceId: '0'.repeat(32),
  startedAt: 0,
  phase: 'forward',
  steps: { pay: { state: 'begun', effect: true } },
};

test('what a dead process left in a file is found, undone when that works, and shown until then', {
  timeout: 300_000,
}, async () => {
  const clock = new ManualClock();
  const file = join(folder, 'flows.journal');
  const dead = open(clock, { file });
  await (await dead.engines())('shop').journal.open('run1', 'dead', JSON.stringify(record), 60_000);
  await dead.close();

  let works = false;
  const pay = step(() => 1, {
    undo: () => {
      if (!works) throw new Error('nobody listens');
    },
  });
  const buy = flow({ path: '/buy', field: 'buy', steps: [{ pay }], answer: () => 1 });
  const next = open(clock, { file });
  const engine = (await next.engines())('shop');
  engine.use([buy], () => ({ rest: {}, grpc: {}, graph: async () => undefined }));
  const pass = async (done: () => Promise<boolean>): Promise<void> => {
    // The disk takes as many turns as it takes.
    while (!(await done())) {
      clock.advance(100);
      await settle();
    }
  };
  await pass(async () => (await engine.journal.count()).stuck === 1);
  const view = JSON.stringify(await next.view());
  const shown = JSON.parse(view).runs;
  assert.deepEqual(
    [shown[0].id, shown[0].state, shown[0].requestId, shown[0].steps],
    ['run1', 'stuck', 'r7', { pay: 'undoing' }],
  );
  assert.match(shown[0].reason, /step pay could not be undone/);
  works = true;
  assert.equal(await next.retry('other'), false);
  assert.equal(await next.retry('run1'), true);
  await pass(async () => (await engine.journal.read('run1'))?.state === 'settled');
  assert.deepEqual(await next.view(), { runs: [] });
  await next.close();
});

test('a file that is held still is waited for; one that cannot be had is asked for again', async () => {
  const clock = new ManualClock();
  const file = join(folder, 'held.journal');
  const held = `${process.ppid} ${startOf(process.ppid)} ${hostname()}\n`;
  writeFileSync(`${file}.lock`, held);
  const warned: string[] = [];
  const flows = open(clock, { file }, warned);
  const { journal } = (await flows.engines())('shop');
  await assert.rejects(journal.count(), { code: 'upstream_unavailable' });
  assert.match(warned[0] ?? '', /wait for their journal/);
  rmSync(`${file}.lock`);
  clock.advance(200);
  assert.deepEqual(await journal.count(), { open: 0, stuck: 0 });
  await flows.drain(0);
  assert.equal(existsSync(`${file}.lock`), false);

  const foreign = join(folder, 'foreign.journal');
  writeFileSync(foreign, 'hello\n');
  const later = open(clock, { file: foreign });
  await assert.rejects(later.engines(), /is no journal of flows/);
  rmSync(foreign);
  await later.engines();
  await later.close();
});

/** As `holdFile` writes it. */
function startOf(pid: number): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

test('a journal in memory is warned of, once', async () => {
  const warned: string[] = [];
  const flows = open(new ManualClock(), 'state', warned);
  const engines = await flows.engines();
  assert.equal(engines('a'), (await flows.engines())('a'));
  assert.equal(warned.length, 1);
  assert.match(warned[0] ?? '', /in memory alone/);
  await flows.close();
});
