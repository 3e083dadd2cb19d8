import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { PartScope } from '../screen/part-run.ts';
import { settle } from './flow.fixture.ts';
import { FlowHold } from './flow-hold.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';
import { stepMaker } from './flow-step.ts';
import { runStep, type StepScope, undoStep } from './flow-step-run.ts';

function setUp() {
  const clock = new ManualClock();
  const record = {
    v: 1,
    flow: 'f',
    fingerprint: '',
    nonce: '',
    requestId: '',
    traceId: '',
    startedAt: 0,
    phase: 'forward',
    steps: {},
  } as const;
  const journal = new MemoryFlowJournals({ clock }).of('m');
  const hold = new FlowHold({
    journal,
    id: 'x',
    token: 't',
    record: { ...record, steps: {} },
    leaseMs: 60_000,
    askedAt: 0,
    clock,
  });
  const parts: PartScope[] = [];
  const scope: StepScope = {
    flow: 'f',
    hold,
    context: contextOn(clock),
    openClients: (part) => {
      parts.push(part);
      return { rest: {}, grpc: {}, graph: async () => part.notePartial() };
    },
    input: { a: 1 },
    clock,
    valueOf: (name) => `value of ${name}`,
  };
  return { clock, scope, parts };
}
const step = stepMaker();

test('a step is given its key, its input and what it declared to use', async () => {
  const { scope } = setUp();
  const used = step(() => 'x');
  const one = step(({ use, key, input }) => [use('used'), key, input], { uses: { used } });
  assert.deepEqual(await runStep(scope, 'one', one, 1000), ['value of used', 'x-one', { a: 1 }]);
  const sly = step((context) => Reflect.apply(context.use, undefined, ['used']));
  await assert.rejects(runStep(scope, 'sly', sly, 1000), { code: 'internal' });
  await assert.rejects(
    runStep(
      scope,
      'nobody',
      step(({ identity }) => identity.subject),
      1000,
    ),
    { code: 'unauthenticated' },
  );
});

test('a step ends with its time, and its doors close behind it', async () => {
  const { scope, clock, parts } = setUp();
  const ended = runStep(
    scope,
    'slow',
    step(() => new Promise(() => {}), { timeout: '400ms' }),
    300,
  );
  ended.catch(() => {});
  await settle();
  assert.equal(parts[0]?.remainingMs(), 300);
  clock.advance(300);
  await assert.rejects(ended, { code: 'deadline_exceeded' });
  await runStep(
    scope,
    'quick',
    step(() => 1),
    300,
  );
  assert.equal(parts[1]?.context.cancellation.cancelled, true);
  // One without a time of its own leaves attempts to their upstream's.
  assert.equal(parts[1]?.remainingMs(), undefined);
});

test('half of what was asked of the graph is none of it', async () => {
  const { scope } = setUp();
  const half = step(({ graph }) => graph({ source: 'mutation { a }' }));
  await assert.rejects(runStep(scope, 'half', half, 300), { code: 'upstream_error' });
});

test('an undo gets a copy of the value', async () => {
  const { scope } = setUp();
  const value = { id: 1 };
  const got: unknown[] = [];
  const one = step(() => ({ id: 0 }), {
    undo: ({ value: given, key }) => {
      got.push(given, key);
      Object.assign(given ?? {}, { id: 2 });
    },
  });
  await undoStep(scope, 'one', one, value);
  assert.deepEqual(value, { id: 1 });
  assert.deepEqual(got, [{ id: 2 }, 'x-one']);
});
