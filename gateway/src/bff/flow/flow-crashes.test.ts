/**
 * Random flows whose steps fail in every manner, in processes that die, pause or lose their journal at any point between
 * two calls, taken over by others that may die too: all or nothing, in the backend's own books.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { plannedFlow, type StepPlan, settle, TestProcess, World } from './flow.fixture.ts';
import { readRecord, runIdOf, stepKeyOf } from './flow-record.ts';

const manner = fc.oneof(
  { weight: 12, arbitrary: fc.constant('works' as const) },
  { weight: 4, arbitrary: fc.constantFrom('refused', 'fails', 'lost', 'hangs') },
);
const plan = fc.record({
  kind: fc.constantFrom('effect' as const, 'effect' as const, 'read' as const, 'optional' as const),
  repeatable: fc.boolean(),
  manner,
  undoFails: fc.nat({ max: 2 }),
});
const stages = fc
  .array(fc.array(plan, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
  .map((all) => all.map((stage, s) => stage.map((one, i): StepPlan => ({ ...one, name: `s${s}_${i}` }))))
  .filter((all) => all.flat().some(({ kind }) => kind !== 'optional'));

const stop = fc.record({
  at: fc.nat({ max: 40 }),
  as: fc.constantFrom('dead' as const, 'paused' as const, 'cut off' as const),
});

const ID = runIdOf(
  { bff: 'test', flow: 'ride' },
  { subject: 'u1', consumer: undefined, tenant: undefined },
  'k',
);

type Told = { readonly answered: boolean } | undefined;

/** Moves time until nothing is open, looking for what others left as a process does. */
async function drive(world: World, processes: readonly TestProcess[], forMs: number): Promise<void> {
  for (let ms = 0; ms < forMs; ms += 250) {
    await settle();
    world.clock.advance(250);
    if (ms % 1000 === 0) for (const one of processes) if (one.state === 'runs') void one.engine.recover(10);
  }
  await settle(10);
}

async function ended(world: World, last: TestProcess, processes: readonly TestProcess[]): Promise<void> {
  for (let tries = 0; tries < 12; tries += 1) {
    await drive(world, processes, 10_000);
    if ((await world.journal.count()).open === 0 && last.engine.open === 0) return;
  }
  assert.fail('it never ended');
}

interface Stop {
  readonly at: number;
  readonly as: 'dead' | 'paused' | 'cut off';
}

async function check(all: readonly (readonly StepPlan[])[], stops: readonly Stop[]) {
  const plans = all.flat();
  const flow = plannedFlow(all);
  const world = new World({ flow, plans });
  const first = new TestProcess('p0', world, stops[0] && { stopAt: stops[0].at, stopAs: stops[0].as });
  let told: Told;
  first.ask('k').then(
    ({ outcome }) => {
      told = { answered: outcome.kind === 'answered' };
    },
    () => {},
  );
  await drive(world, [], 5000);
  const processes = [first];
  for (const [i, one] of stops.slice(1).entries()) {
    processes.push(new TestProcess(`p${i + 1}`, world, { stopAt: one.at, stopAs: one.as }));
    await drive(world, processes, 25_000);
  }
  const last = new TestProcess('last', world);
  processes.push(last);
  await ended(world, last, processes);
  const takenOver = world.books.calls.length;
  for (const one of processes) if (one.state === 'paused') one.resume();
  await drive(world, [last], 20_000);
  await ended(world, last, [last]);

  const kept = await world.journal.read(ID);
  const outcome = kept && readRecord(kept.document)?.outcome;
  const answered = outcome?.kind === 'answered';
  if (kept) assert.equal(kept.state, 'settled');
  if (told) assert.equal(told.answered, answered, 'who asked was told something else');
  const { books } = world;
  for (const { name, kind } of plans) {
    if (kind !== 'effect') continue;
    const key = stepKeyOf(ID, name);
    assert.equal(books.there.has(key), answered, `${name} is ${answered ? 'gone' : 'left'}`);
    assert.ok((books.effectiveUndos.get(key) ?? 0) <= 1, `${name} was undone twice`);
    const ofKey = books.calls.filter((call) => call.key === key);
    const firstUndo = ofKey.findIndex(({ what }) => what === 'undo');
    const workAfter = ofKey.findIndex(({ what }, at) => firstUndo >= 0 && at > firstUndo && what === 'work');
    assert.equal(workAfter, -1, `${name} was run after it was undone`);
  }
  // Whoever was paused while others ended its run begins nothing when it wakes.
  assert.deepEqual(books.calls.slice(takenOver), []);
}

describe('flows', () => {
  it('do all or nothing, however their steps fail', async () => {
    await fc.assert(
      fc.asyncProperty(stages, (all) => check(all, [])),
      { numRuns: 40 },
    );
  });

  it('do all or nothing, wherever their processes die, pause or lose their journal', async () => {
    await fc.assert(fc.asyncProperty(stages, fc.array(stop, { minLength: 1, maxLength: 3 }), check), {
      numRuns: 100,
    });
  });

  it('do all or nothing where their journal forgets everything, and whoever asked asks again elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(stages, fc.nat({ max: 30 }), fc.nat({ max: 8 }), async (all, at, quarters) => {
        const plans = all.flat();
        const world = new World({ flow: plannedFlow(all), plans });
        const processes = [
          new TestProcess('p0', world, { stopAt: at, stopAs: 'forgotten' }),
          new TestProcess('p1', world),
        ];
        const told: boolean[] = [];
        for (const [i, one] of processes.entries()) {
          one.ask('k', { deadlineMs: 60_000 }).then(
            ({ outcome }) => {
              const answered = outcome.kind === 'answered';
              // Of a run in which nothing began the key is free: what comes after it is another one.
              if (answered || JSON.stringify(outcome.failure.members?.undone) !== '[]') told.push(answered);
            },
            () => {},
          );
          if (i === 0) await drive(world, [], quarters * 250);
        }
        await ended(world, new TestProcess('last', world), processes);
        const { books } = world;
        const there = plans.filter(
          ({ name, kind }) => kind === 'effect' && books.there.has(stepKeyOf(ID, name)),
        ).length;
        const effects = plans.filter(({ kind }) => kind === 'effect').length;
        if (effects === 0) return;
        assert.ok(there === 0 || there === effects, `${there} of ${effects} are left`);
        for (const answered of told) assert.equal(there > 0, answered, 'who asked was told something else');
      }),
      { numRuns: 60 },
    );
  });

  it('are undone or kept as their journal says, where it is gone just when all is done', async () => {
    const all = (optional: boolean) => {
      const one = (name: string, kind: StepPlan['kind']): StepPlan[] => [
        { name, kind, repeatable: false, manner: 'works', undoFails: 0 },
      ];
      return [one('s0_0', 'effect'), one('s1_0', 'effect'), ...(optional ? [one('s2_0', 'optional')] : [])];
    };
    for (let at = 1; at <= 20; at += 1) {
      for (const optional of [false, true]) await check(all(optional), [{ at, as: 'cut off' }]);
    }
  });
});
