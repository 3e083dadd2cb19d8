import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import type { ManualClock } from '../../core/manual-clock.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { storeGone } from '../../state/store.ts';
import {
  callerContext,
  flow,
  plannedFlow,
  SETTINGS,
  type StepPlan,
  settle,
  step,
  TestProcess,
  World,
} from './flow.fixture.ts';
import { refuse } from './flow-failure.ts';
import type { FlowJournal } from './flow-journal.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';

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

/** Waits for `promise` while time passes. */
async function within<T>(world: World, promise: Promise<T>, ms: number): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  promise.then(end, end);
  for (let passed = 0; passed < ms && !over; passed += 100) {
    await settle();
    if (!over) world.clock.advance(100);
  }
  await settle();
  assert.ok(over, `not ended within ${ms} ms`);
  return promise;
}

const success = { kind: 'answered', status: 200, value: 'done', incomplete: [] } as const;

describe('a key', () => {
  it('is one run for a thousand requests at once, and all get its answer', async () => {
    const world = worldOf([[named('a')], [named('b')]]);
    const one = new TestProcess('p', world);
    const answers = await within(world, Promise.all(Array.from({ length: 1000 }, () => one.ask('k'))), 1000);
    assert.equal(world.books.calls.length, 2);
    assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
    for (const { outcome } of answers) assert.deepEqual(outcome, success);
  });

  it('is one run for two processes, and the second waits for the first', async () => {
    const world = worldOf([[named('a')]]);
    const [one, two] = [new TestProcess('p1', world), new TestProcess('p2', world)];
    const [first, second] = await within(world, Promise.all([one.ask('k'), two.ask('k')]), 2000);
    assert.deepEqual([first.replayed, second.replayed], [false, true]);
    assert.equal(world.books.calls.length, 1);
  });

  it('gives the first answer again until its keep is over', async () => {
    const world = worldOf([[named('a')]]);
    const one = new TestProcess('p', world);
    await one.ask('k');
    assert.deepEqual(await one.ask('k'), { outcome: success, replayed: true });
    world.clock.advance(SETTINGS.keep);
    assert.deepEqual(await one.ask('k'), { outcome: success, replayed: false });
    // The same key of the same step: the backend knows the request.
    assert.equal(new Set(world.books.calls.map(({ key }) => key)).size, 1);
  });

  it("is its caller's own, and of one input", async () => {
    const world = worldOf([[named('a')]]);
    const one = new TestProcess('p', world);
    await one.ask('k', { input: { amount: 1, to: 'x' } });
    assert.equal((await one.ask('k', { input: { to: 'x', amount: 1 } })).replayed, true);
    await assert.rejects(one.ask('k', { input: { amount: 2, to: 'x' } }), { code: 'idempotency_key_reused' });
    for (const identity of [
      makeIdentity({ subject: 'u2' }),
      makeIdentity({ tenant: 't' }),
      makeIdentity({ consumer: 'c' }),
    ])
      assert.equal((await one.ask('k', { identity, input: { amount: 2 } })).replayed, false);
    assert.equal((await one.ask(undefined)).replayed, false);
  });

  it('is in use for who cannot wait for its run', async () => {
    const world = worldOf([[named('a', { manner: 'hangs' })]]);
    const one = new TestProcess('p', world);
    const first = one.ask('k');
    await settle();
    await assert.rejects(within(world, one.ask('k', { deadlineMs: 200 }), 400), {
      code: 'idempotency_key_in_use',
      retryAfterS: 1,
    });
    const { outcome } = await within(world, first, 5000);
    assert.equal(outcome.kind, 'failed');
    assert.equal(world.books.there.size, 0);
  });
});

describe('a failure', () => {
  it('names what was done and undone, and is told again', async () => {
    const world = worldOf([[named('a')], [named('b'), named('c', { manner: 'refused' })], [named('d')]]);
    const one = new TestProcess('p', world);
    const { outcome } = await within(world, one.ask('k'), 5000);
    const members = { flow: 'ride', failedStep: 'c', done: [], undone: ['a', 'b', 'c'], notUndone: [] };
    assert.deepEqual(outcome, { kind: 'failed', failure: { code: 'flow_refused', status: 409, members } });
    assert.deepEqual(await one.ask('k'), { outcome, replayed: true });
    assert.deepEqual(
      world.books.calls.filter(({ what }) => what === 'undo').map(({ key }) => key.split('-').at(-1)),
      ['b', 'c', 'a'],
    );
  });

  it('before anything was done leaves the key free', async () => {
    const world = worldOf([[named('rider', { kind: 'read', manner: 'fails' })], [named('a')]]);
    const one = new TestProcess('p', world);
    const { outcome } = await one.ask('k');
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'flow_failed');
    assert.equal(outcome.failure.members?.failedStep, 'rider');
    assert.deepEqual(await one.ask('k'), { outcome: success, replayed: false });
  });

  it('whose words are no JSON, or too many, is told without them', async () => {
    const one = (members: Record<string, unknown>) => {
      const world = worldOf([[named('a')]]);
      const no = step(
        () => {
          throw refuse({ status: 402, title: 'No', members });
        },
        { undo: () => {} },
      );
      const asked = flow({ path: '/no', field: 'no', steps: [{ no }], answer: () => 1 });
      const { engine } = new TestProcess('p', world);
      const context = callerContext(world.clock, makeIdentity(), 5000);
      return { world, done: engine.run({ flow: asked, input: {}, key: 'k', context }) };
    };
    for (const members of [{ amount: 1n }, { text: 'x'.repeat(70_000) }]) {
      const { world, done } = one(members);
      const { outcome } = await within(world, done, 5000);
      assert.ok(outcome.kind === 'failed');
      assert.deepEqual(Object.keys(outcome.failure.members ?? {}), [
        'flow',
        'failedStep',
        'done',
        'undone',
        'notUndone',
      ]);
      assert.equal(outcome.failure.title, 'No');
      assert.deepEqual(await world.journal.count(), { open: 0, stuck: 0 });
    }
  });

  it('that cannot be undone waits for a human, who tries again', async () => {
    const world = worldOf([[named('a', { undoFails: 100 })], [named('b', { manner: 'refused' })]]);
    const one = new TestProcess('p', world, { settings: { ...SETTINGS, undoFor: 60_000 } });
    const asked = one.ask('k');
    await assert.rejects(within(world, asked, 6000), { code: 'flow_unsettled' });
    for (let ms = 0; ms < 90_000; ms += 500) {
      await settle();
      world.clock.advance(500);
    }
    await settle();
    assert.deepEqual(await world.journal.count(), { open: 0, stuck: 1 });
    const { outcome } = await one.ask('k');
    assert.ok(outcome.kind === 'failed');
    assert.deepEqual(outcome.failure.members?.notUndone, ['a']);
    const [stuck] = await world.journal.list(1);
    assert.equal(await one.engine.retry('other'), false);
    for (let tries = 0; tries < 12 && (await world.journal.count()).stuck > 0; tries += 1) {
      await one.engine.retry(stuck?.id ?? '');
      for (let ms = 0; ms < 90_000; ms += 500) {
        await settle();
        world.clock.advance(500);
      }
    }
    assert.deepEqual(await world.journal.count(), { open: 0, stuck: 0 });
    assert.equal(world.books.there.size, 0);
  });
});

describe('a client that leaves', () => {
  it('with a key finds the answer when it is back', async () => {
    const world = worldOf([[named('a')], [named('b')]]);
    const one = new TestProcess('p', world);
    const context = callerContext(world.clock, makeIdentity(), 5000);
    const asked = one.ask('k', { context });
    context.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(asked, { code: 'client_closed' });
    assert.deepEqual(await one.ask('k'), { outcome: success, replayed: true });
  });

  it('without a key leaves nothing', async () => {
    const world = worldOf([[named('a', { manner: 'hangs' })], [named('b')]]);
    const one = new TestProcess('p', world);
    const context = callerContext(world.clock, makeIdentity(), 5000);
    const asked = one.ask(undefined, { context });
    await settle();
    context.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(asked, { code: 'client_closed' });
    for (let ms = 0; ms < 5000; ms += 100) {
      await settle();
      world.clock.advance(100);
    }
    assert.equal(world.books.there.size, 0);
    assert.equal(one.engine.open, 0);
  });
});

describe('optional steps behind the commit', () => {
  it('are missing where they fail, and the flow is done', async () => {
    const world = worldOf([[named('a')], [named('tell', { kind: 'optional', manner: 'hangs' })]]);
    const one = new TestProcess('p', world);
    const { outcome } = await within(world, one.ask('k'), 8000);
    assert.deepEqual(outcome, { ...success, incomplete: ['tell'] });
    assert.equal(world.books.there.size, 1);
  });
});

describe('a process that ends', () => {
  it('finishes what it has, and begins nothing', async () => {
    const world = worldOf([[named('a')], [named('b')]]);
    const one = new TestProcess('p', world);
    const asked = one.ask('k');
    await Promise.resolve();
    const drained = one.engine.drain(1000);
    await assert.rejects(one.ask('other'), { code: 'draining' });
    assert.deepEqual((await within(world, asked, 500)).outcome, success);
    await within(world, drained, 2000);
  });

  it('hands over what does not end, and others need not wait for its lease', async () => {
    const world = worldOf([[named('a', { undoFails: 2 })], [named('b', { manner: 'refused' })]]);
    const one = new TestProcess('p1', world);
    one.ask('k').catch(() => {});
    await settle();
    await within(world, one.engine.drain(0), 1000);
    const two = new TestProcess('p2', world);
    assert.equal(await two.engine.recover(10), 1);
    for (let ms = 0; ms < 3000; ms += 100) {
      await settle();
      world.clock.advance(100);
    }
    assert.deepEqual(await world.journal.count(), { open: 0, stuck: 0 });
    assert.equal(world.books.there.size, 0);
    assert.deepEqual([...new Set(world.books.calls.slice(-1).map(({ process }) => process))], ['p2']);
  });
});

describe('a journal that is gone', () => {
  const failing = (journal: FlowJournal, isGone: (call: string) => boolean): FlowJournal => {
    const through = (call: keyof FlowJournal) => ({
      [call]: (...args: unknown[]) =>
        isGone(call) ? Promise.reject(storeGone('gone')) : Reflect.apply(journal[call], journal, args),
    });
    return { ...journal, ...through('open'), ...through('write'), ...through('settle'), ...through('renew') };
  };

  it('before anything began refuses a new flow', async () => {
    const world = worldOf([[named('a')]], (clock) =>
      failing(new MemoryFlowJournals({ clock }).of('m'), () => true),
    );
    await assert.rejects(new TestProcess('p', world).ask('k'), { code: 'upstream_unavailable' });
    assert.deepEqual(world.books.calls, []);
  });

  it('in the middle stops a flow, which is undone in the process', async () => {
    let writes = 0;
    const world = worldOf([[named('a')], [named('b')], [named('c')]], (clock) =>
      failing(new MemoryFlowJournals({ clock }).of('m'), (call) => call !== 'open' && ++writes > 2),
    );
    const one = new TestProcess('p', world);
    const { outcome } = await within(world, one.ask('k'), 5000);
    assert.ok(outcome.kind === 'failed');
    assert.deepEqual(outcome.failure.members?.undone, ['a', 'b']);
    assert.equal(world.books.there.size, 0);
  });

  it('at the commit leaves the word to whoever reads it next', async () => {
    let gone = true;
    const world = worldOf([[named('a')]], (clock) =>
      failing(new MemoryFlowJournals({ clock }).of('m'), (call) => gone && call === 'settle'),
    );
    const one = new TestProcess('p', world);
    await assert.rejects(within(world, one.ask('k'), 8000), { code: 'flow_unsettled' });
    assert.equal(world.books.there.size, 1);
    gone = false;
    world.clock.advance(SETTINGS.lease);
    await one.engine.recover(10);
    await settle(20);
    assert.equal(world.books.there.size, 0);
    assert.equal((await one.ask('k')).outcome.kind, 'failed');
  });
});
