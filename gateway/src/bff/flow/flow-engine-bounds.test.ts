import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import {
  callerContext,
  plannedFlow,
  SETTINGS,
  type StepPlan,
  settle,
  TestProcess,
  World,
} from './flow.fixture.ts';
import { engineInMemory } from './flow-engine-memory.ts';
import type { FlowJournal } from './flow-journal.ts';

const named = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({
  name,
  kind: 'effect',
  repeatable: false,
  manner: 'works',
  undoFails: 0,
  ...more,
});

function worldOf(stages: readonly (readonly StepPlan[])[], journal?: (clock: ManualClock) => FlowJournal) {
  return new World({ flow: plannedFlow(stages), plans: stages.flat() }, journal);
}

const emptyRecord = {
  v: 1,
  flow: 'ride',
  fingerprint: '',
  nonce: '',
  requestId: 'r',
  traceId: '0'.repeat(32),
  startedAt: 0,
  phase: 'forward',
  steps: { a: { state: 'begun', effect: true } },
} as const;

describe('flows under way', () => {
  it('are bounded', async () => {
    const world = worldOf([[named('a', { manner: 'hangs' })]]);
    const one = new TestProcess('p', world, { settings: { ...SETTINGS, maxOpen: 2 } });
    for (const key of ['1', '2']) one.ask(key).catch(() => {});
    await settle();
    await assert.rejects(one.ask('3'), { code: 'overloaded' });
  });

  it('are kept for so many keys of a caller; others, and its own earlier keys, are answered all the same', async () => {
    const one = new TestProcess('p', worldOf([[named('a')]]), {
      settings: { ...SETTINGS, keptPerCaller: 2 },
    });
    const mine = makeIdentity({ subject: 'mine' });
    const yours = makeIdentity({ subject: 'yours' });
    for (const key of ['1', '2']) await one.ask(key, { identity: mine });
    await assert.rejects(one.ask('3', { identity: mine }), {
      code: 'rate_limited',
      members: { reason: 'Too many Idempotency-Keys of this caller are kept' },
    });
    assert.equal((await one.ask('2', { identity: mine })).replayed, true);
    assert.equal((await one.ask('3', { identity: yours })).replayed, false);
  });

  it('refuse an input that is too large as the caller’s own fault', async () => {
    const one = new TestProcess('p', worldOf([[named('a')]]));
    await assert.rejects(one.ask('k', { input: { text: 'x'.repeat(70_000) } }), {
      code: 'payload_too_large',
    });
  });

  it('of others are ended so many at once', async () => {
    const world = worldOf([[named('a', { undoFails: 1000 })]]);
    for (let i = 0; i < 150; i += 1) await world.journal.open(`${i}`, 't', JSON.stringify(emptyRecord), 0);
    const two = new TestProcess('p2', world);
    const taken = [];
    for (let i = 0; i < 4; i += 1) taken.push(await two.engine.recover(50));
    assert.deepEqual(taken, [50, 50, 0, 0]);
    assert.equal(two.engine.open, 100);
  });

  it('that break are left to whoever reads them next, not held for good', async () => {
    const world = worldOf([[named('a')]]);
    const broken = { ...world.flow, stages: [null] };
    const one = new TestProcess('p', world);
    await world.journal.open('x', 't', JSON.stringify({ ...emptyRecord, phase: 'back' }), 0);
    one.engine.use([Object.assign(Object.create(null), broken)], () => {
      throw new Error('no clients');
    });
    assert.equal(await one.engine.recover(1), 1);
    await settle();
    assert.equal(one.engine.open, 0);
    assert.equal(world.clock.pending, 0);
    assert.deepEqual(await world.journal.count(), { open: 1, stuck: 0 });
  });

  it('whose record makes no sense are laid aside', async () => {
    const world = worldOf([[named('a')]]);
    const one = new TestProcess('p', world);
    await world.journal.open('x', 't', JSON.stringify({ ...emptyRecord, steps: { a: null } }), 0);
    await one.engine.recover(1);
    await settle();
    assert.deepEqual(await world.journal.count(), { open: 0, stuck: 1 });
  });

  it('need the scopes of all required steps before anything begins', async () => {
    const clock = new ManualClock();
    const flow = { ...plannedFlow([[named('a')]]), scopes: ['rides:write'] };
    const engine = engineInMemory('m', { clock, logger: noLogger, meter: noMeter });
    const context = callerContext(clock, makeIdentity(), 1000);
    await assert.rejects(engine.run({ flow, input: {}, key: 'k', context }), { code: 'insufficient_scope' });
    const nobody = { ...context, identity: undefined };
    await assert.rejects(engine.run({ flow, input: {}, key: 'k', context: nobody }), {
      code: 'unauthenticated',
    });
  });
});
