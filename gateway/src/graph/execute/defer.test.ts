import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { PlanNode } from '../plan/plan.ts';
import { testContext } from '../testing/company.fixture.ts';
import { fetchNode } from '../testing/plan.fixture.ts';
import { announced, compileDefer, Deferral } from './defer.ts';
import type { Run, RunPlan } from './run.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function begin(deferral?: Deferral, context = testContext()): Run {
  const run: Run = {
    context,
    forwarded: [],
    variables: {},
    data: {},
    loose: [],
    failed: false,
    plain: true,
    deferrals: deferral,
  };
  deferral?.attach(run);
  return run;
}

/** A plan of three fetches, each of which ends when told to. */
function plan(): { run: RunPlan; begun: string[]; end: (id: string) => void } {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const compile = (node: PlanNode): RunPlan => {
    if (node.kind === 'sequence') {
      const steps = node.nodes.map(compile);
      return async (run) => {
        for (const step of steps) await step(run);
      };
    }
    assert.ok(node.kind === 'fetch');
    const { id = '' } = node;
    return announced(id, () => {
      begun.push(id);
      return new Promise<void>((resolve) => ends.set(id, resolve));
    });
  };
  const run = compileDefer(
    {
      kind: 'defer',
      primary: { kind: 'sequence', nodes: [fetchNode('0'), fetchNode('1')] },
      deferred: [{ label: 'd', depends: ['0'], node: fetchNode('2') }],
    },
    compile,
  );
  return { run, begun, end: (id) => ends.get(id)?.() };
}

test('a part begins when what it depends on is through, not when the answer is', async () => {
  const { run, begun, end } = plan();
  const deferral = new Deferral(testContext(), new ManualClock(), 1000);
  const running = run(begin(deferral));
  await turn();
  assert.deepEqual(begun, ['0']);
  end('0');
  await turn();
  assert.deepEqual(begun, ['0', '1', '2']);
  assert.equal(deferral.isDone('d'), false);
  end('1');
  await running;
  end('2');
  await deferral.done('d');
  assert.equal(deferral.isDone('d'), true);
  deferral.end();
});

test('a fetch that conditions leave out keeps nobody waiting: neither one at once nor one of another part', async () => {
  const run = compileDefer(
    {
      kind: 'defer',
      primary: { kind: 'condition', variable: 'v', ifTrue: fetchNode('0'), ifFalse: undefined },
      deferred: [
        { label: 'late', depends: ['1'], node: undefined },
        {
          label: 'early',
          depends: ['0'],
          node: { kind: 'condition', variable: 'v', ifTrue: fetchNode('1'), ifFalse: undefined },
        },
      ],
    },
    () => async () => {},
  );
  const deferral = new Deferral(testContext(), new ManualClock(), 1000);
  await run(begin(deferral));
  await Promise.all([deferral.done('early'), deferral.done('late')]);
  deferral.end();
});

test('a part that is deferred within another is not through with it', async () => {
  const within: PlanNode = {
    kind: 'defer',
    primary: fetchNode('1'),
    deferred: [{ label: 'inner', depends: ['1'], node: fetchNode('2') }],
  };
  const gate = Promise.withResolvers<void>();
  const compile = (node: PlanNode): RunPlan => {
    if (node.kind === 'defer') return compileDefer(node, compile);
    assert.ok(node.kind === 'fetch');
    return announced(node.id, () => (node.id === '2' ? gate.promise : Promise.resolve()));
  };
  const run = compileDefer(
    {
      kind: 'defer',
      primary: fetchNode('0'),
      deferred: [
        { label: 'outer', depends: ['0'], node: within },
        { label: 'after', depends: ['2'], node: undefined },
      ],
    },
    compile,
  );
  const deferral = new Deferral(testContext(), new ManualClock(), 1000);
  await run(begin(deferral));
  await deferral.done('outer');
  await turn();
  assert.deepEqual([deferral.isDone('inner'), deferral.isDone('after')], [false, false]);
  gate.resolve();
  await Promise.all([deferral.done('inner'), deferral.done('after')]);
  deferral.end();
});

test('whatever a part waits for, the deadline ends it', async () => {
  const clock = new ManualClock();
  const deferral = new Deferral(testContext(), clock, 1000);
  const run = compileDefer(
    { kind: 'defer', primary: undefined, deferred: [{ label: 'd', depends: ['none'], node: undefined }] },
    () => async () => {},
  );
  await run(begin(deferral));
  await turn();
  assert.equal(deferral.isDone('d'), false);
  clock.advance(1000);
  await deferral.done('d');
  await deferral.start('later', ['none either'], undefined);
  assert.equal(deferral.isDone('later'), true);
  deferral.end();
});

test('where nobody takes payloads, all of it is one run', async () => {
  const { run, begun, end } = plan();
  const running = run(begin());
  for (const id of ['0', '1', '2']) {
    await turn();
    end(id);
  }
  await running;
  assert.deepEqual(begun, ['0', '1', '2']);
});

test('parts have a deadline of their own, and go with whoever asked', async () => {
  const clock = new ManualClock();
  const late = new Deferral(testContext(), clock, 1000);
  begin(late);
  const { cancellation } = late.run.context;
  clock.advance(999);
  assert.equal(cancellation.cancelled, false);
  clock.advance(1);
  assert.ok(
    cancellation.reason instanceof FrontdeskError && cancellation.reason.code === 'deadline_exceeded',
  );

  const context = testContext();
  const left = new Deferral(context, clock, 1000);
  begin(left, context);
  context.cancellation.cancel(new FrontdeskError('client_closed'));
  assert.equal(left.run.context.cancellation.cancelled, true);
  left.end();
  late.end();
  assert.equal(clock.pending, 0);
});

test('parts tell their errors apart from those of the answer', () => {
  const deferral = new Deferral(testContext(), new ManualClock(), 1000);
  const run = begin(deferral);
  assert.equal(deferral.run.data, run.data);
  assert.notEqual(deferral.run.loose, run.loose);
  deferral.run.failed = true;
  assert.equal(run.failed, false);
  deferral.end();
  assert.throws(() => new Deferral(testContext(), new ManualClock(), 1).run, TypeError);
});
