import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { storeGone } from '../../state/store.ts';
import { settle } from './flow.fixture.ts';
import { FlowHold, FlowLostError } from './flow-hold.ts';
import type { FlowJournal } from './flow-journal.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';
import { logOf } from './flow-outcome.ts';
import type { FlowRecord } from './flow-record.ts';

const LEASE_MS = 10_000;

async function setUp() {
  const clock = new ManualClock();
  const inner = new MemoryFlowJournals({ clock }).of('m');
  const log: string[] = [];
  let gone = false;
  const journal: FlowJournal = {
    ...inner,
    write: async (...args) => {
      log.push('write');
      if (gone) throw storeGone('gone');
      await settle(1);
      return inner.write(...args);
    },
    renew: async (...args) => {
      log.push('renew');
      if (gone) throw storeGone('gone');
      return inner.renew(...args);
    },
  };
  const record: FlowRecord = {
    v: 1,
    flow: 'f',
    fingerprint: '',
    nonce: '',
    requestId: 'r1',
    traceId: '',
    startedAt: 0,
    phase: 'forward',
    steps: {},
  };
  await journal.open('x', 'mine', '{}', LEASE_MS);
  const hold = new FlowHold({
    journal,
    id: 'x',
    token: 'mine',
    record,
    leaseMs: LEASE_MS,
    askedAt: clock.now(),
    clock,
  });
  const setGone = (is: boolean): void => {
    gone = is;
  };
  return { clock, inner, hold, log, setGone };
}

test('what changes in one turn is one write, and holds the latest', async () => {
  const { hold, log, inner } = await setUp();
  const first = hold.save();
  hold.record.steps.a = { state: 'begun', effect: true };
  await Promise.all([first, hold.save()]);
  assert.deepEqual(log, ['write']);
  assert.match((await inner.read('x'))?.document ?? '', /"begun"/);
  hold.abandon();
});

test('a lease is drawn while the run lasts; one that runs out stops what works for it, before any timer does', async () => {
  const { clock, hold, log, setGone } = await setUp();
  for (let i = 0; i < 5; i += 1) {
    clock.advance(LEASE_MS / 2);
    await settle();
  }
  assert.ok(hold.holds() && log.includes('renew'));
  const cancellation = hold.cancellation();
  setGone(true);
  clock.advance(LEASE_MS);
  assert.equal(hold.holds(), false);
  assert.throws(() => cancellation.throwIfCancelled(), { code: 'flow_unsettled' });
  assert.equal(cancellation.cancelled, true);
  hold.abandon();
});

test('who lost a run hears of it, and writes no more', async () => {
  const { clock, hold, inner } = await setUp();
  clock.advance(0);
  await inner.release('x', 'mine');
  assert.equal((await inner.take('theirs', LEASE_MS, 1)).length, 1);
  await assert.rejects(hold.save(), { code: 'flow_unsettled' });
  assert.equal(hold.holds(), false);
  await assert.rejects(hold.ensure(), { code: 'flow_unsettled' });
  assert.deepEqual(logOf(hold), { flow: 'f', run: 'x', requestId: 'r1' });
});

test('a journal that is gone is asked until it says whose the run is', async () => {
  const { clock, hold, setGone } = await setUp();
  setGone(true);
  clock.advance(LEASE_MS);
  let known = false;
  const asked = hold.ensure().then(() => {
    known = true;
  });
  await settle();
  clock.advance(5000);
  await settle();
  assert.equal(known, false);
  setGone(false);
  clock.advance(500);
  await asked;
  assert.equal(hold.holds(), true);
  hold.abandon();
});

test('a run that the journal forgot is put back, with all that it said', async () => {
  const { hold, inner, clock } = await setUp();
  await inner.drop('x', 'mine');
  hold.record.steps.a = { state: 'begun', effect: true };
  await hold.save();
  assert.match((await inner.read('x'))?.document ?? '', /"begun"/);
  await inner.drop('x', 'mine');
  await hold.settle(hold.record, LEASE_MS);
  assert.equal((await inner.read('x'))?.state, 'settled');
  clock.advance(LEASE_MS * 2);
  assert.equal(hold.holds(), false);
});

test('a run that the journal forgot, and that somebody began anew, is theirs', async () => {
  const { hold, inner } = await setUp();
  await inner.drop('x', 'mine');
  await inner.open('x', 'theirs', 'anew', LEASE_MS);
  const work = hold.cancellation();
  await assert.rejects(hold.save(), { code: 'flow_unsettled' });
  assert.equal(hold.holds(), false);
  assert.equal(work.cancelled, true);
  assert.deepEqual(await inner.read('x'), { state: 'open', document: 'anew' });
});

test('a run that was forgotten while it was not held goes back; it never succeeds', async () => {
  const { hold, inner, clock, setGone } = await setUp();
  setGone(true);
  clock.advance(LEASE_MS);
  setGone(false);
  await inner.drop('x', 'mine');
  await assert.rejects(hold.settle(hold.record, LEASE_MS), { code: 'upstream_unavailable' });
  hold.record.phase = 'committed';
  await assert.rejects(hold.save(), { code: 'upstream_unavailable' });
  assert.equal(await inner.read('x'), undefined);
  hold.record.phase = 'back';
  await hold.ensure();
  assert.equal((await inner.read('x'))?.state, 'open');
  hold.abandon();
});

test('calls that are on their way when the lease ends are given up, and when the run is handed over', async () => {
  const { clock, hold, setGone } = await setUp();
  const [first, ended] = [hold.cancellation(), hold.cancellation()];
  const reasons: Error[] = [];
  first.onCancel((why) => void reasons.push(why));
  ended.cancel(new Error('it ended'));
  setGone(true);
  clock.advance(LEASE_MS * 0.8);
  assert.equal(reasons.length, 0);
  clock.advance(LEASE_MS * 0.1);
  assert.ok(reasons.pop() instanceof FlowLostError);
  setGone(false);
  await hold.ensure();
  const second = hold.cancellation();
  second.onCancel((why) => void reasons.push(why));
  await hold.release();
  assert.ok(reasons.pop() instanceof FlowLostError);
  assert.equal(clock.pending, 0);
});

test('a machine that was suspended holds nothing, whatever its monotonic clock says', async () => {
  const clock = new ManualClock();
  let sleptMs = 0;
  const suspended = {
    now: () => clock.now(),
    wall: () => clock.wall() + sleptMs,
    after: (ms: number, fire: () => void) => clock.after(ms, fire),
  };
  const journal = new MemoryFlowJournals({ clock }).of('m');
  const { record } = (await setUp()).hold;
  await journal.open('x', 'mine', '{}', LEASE_MS);
  const hold = new FlowHold({
    journal,
    id: 'x',
    token: 'mine',
    record,
    leaseMs: LEASE_MS,
    askedAt: clock.now(),
    clock: suspended,
  });
  assert.equal(hold.holds(), true);
  sleptMs = LEASE_MS;
  assert.equal(hold.holds(), false);
  await hold.ensure();
  assert.equal(hold.holds(), true);
  hold.abandon();
});
