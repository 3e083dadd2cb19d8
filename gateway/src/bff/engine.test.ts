import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Cancellation } from '../core/abort.ts';
import { Deadline } from '../core/deadline.ts';
import { ERRORS, FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Timeline } from '../core/timeline.ts';
import { type PartReport, ScreenRun } from './engine.ts';
import { type Part, partMaker } from './part.ts';
import type { OpenClients } from './part-run.ts';
import { type Screen, screen } from './screen.ts';

const part = partMaker<Record<never, never>>();
const noClients: OpenClients = () => ({ rest: {}, graph: () => Promise.reject(new Error('no graph here')) });

function identityWith(...scopes: string[]): Identity {
  return {
    subject: 'u1',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(scopes),
    roles: [],
    scheme: 'jwt',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

function contextOn(clock: ManualClock, identity?: Identity): CallContext {
  const cancellation = new Cancellation();
  return {
    id: 'r1',
    client: undefined,
    host: undefined,
    identity,
    cancellation,
    deadline: new Deadline(clock, cancellation),
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, state: undefined },
  };
}

function setUp(definition: Screen, identity?: Identity) {
  const clock = new ManualClock();
  const context = contextOn(clock, identity);
  const reports: PartReport[] = [];
  const report = (one: PartReport) => reports.push(one);
  const run = new ScreenRun(definition, { context, clock, openClients: noClients, report });
  return { clock, context, run, reports };
}

/** Work of so many milliseconds on the clock. */
function wait(clock: ManualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

const never = () => new Promise<never>(() => {});

describe('a screen', () => {
  it('starts all independent parts in one turn and answers in their order', async () => {
    const started: string[] = [];
    const named = (name: string, delayMs: number) =>
      part(async () => {
        started.push(name);
        await wait(clock, delayMs);
        return name.toUpperCase();
      });
    const definition = screen({
      path: '/s',
      field: 's',
      parts: { a: named('a', 30), b: named('b', 10), c: named('c', 20) },
    });
    const { clock, run } = setUp(definition);
    const answer = run.all();
    assert.deepEqual(started, ['a', 'b', 'c']);
    clock.advance(30);
    assert.deepEqual(await answer, { values: { a: 'A', b: 'B', c: 'C' }, incomplete: [] });
  });

  it('gives `use` the value before shape, and calls the used part once', async () => {
    let calls = 0;
    const user = part(
      () => {
        calls += 1;
        return { name: 'Ada', tier: 'gold' };
      },
      { shape: ({ name }) => ({ name }) },
    );
    const tier = part(async ({ use }) => (await use('user')).tier, { uses: { user } });
    const again = part(async ({ use }) => (await use('user')).name, { uses: { user } });
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { tier, again, user } }));
    const { values } = await run.all();
    assert.deepEqual(values, { tier: 'gold', again: 'Ada', user: { name: 'Ada' } });
    assert.equal(calls, 1);
  });

  it('never starts a part that nobody asked for', async () => {
    let calls = 0;
    const lonely = part(() => {
      calls += 1;
    });
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { lonely, other: part(() => 1) } }));
    assert.equal((await run.part('other')).value, 1);
    assert.equal(calls, 0);
  });

  it('puts null or the fallback for an optional part that failed, and names it', async () => {
    const failing = () => Promise.reject(new FrontdeskError('upstream_connect'));
    const definition = screen({
      path: '/s',
      field: 's',
      parts: {
        none: part(failing),
        list: part<string[]>(failing, { fallback: [] }),
        thrown: part(() => {
          throw new TypeError('a bug');
        }),
        misshapen: part(() => 1, {
          shape: () => {
            throw new TypeError('not what it was');
          },
        }),
        good: part(() => 'good'),
      },
    });
    const { run, reports } = setUp(definition);
    assert.deepEqual(await run.all(), {
      values: { none: null, list: [], thrown: null, misshapen: null, good: 'good' },
      incomplete: ['none', 'list', 'thrown', 'misshapen'],
    });
    assert.equal(reports.find((one) => one.part === 'thrown')?.failure?.code, 'internal');
    assert.equal(reports.length, 5);
  });

  it('fails at once with a required part, stops the others, and says when to come back', async () => {
    const stopped: string[] = [];
    const failure = new FrontdeskError('circuit_open', { retryAfterS: 7 });
    const definition = screen({
      path: '/s',
      field: 's',
      parts: { slow: part(never), must: part(() => Promise.reject(failure), { required: true }) },
    });
    const clock = new ManualClock();
    const context = contextOn(clock);
    const openClients: OpenClients = (scope) => {
      scope.context.cancellation.onCancel(() => stopped.push(scope.name));
      return noClients(scope);
    };
    const run = new ScreenRun(definition, { context, clock, openClients });
    await assert.rejects(run.all(), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'part_failed');
      assert.equal(error.retryAfterS, 7);
      assert.deepEqual(error.members, { part: 'must' });
      return true;
    });
    assert.ok(stopped.includes('slow'));
    run.close();
    assert.equal(clock.pending, 0);
  });

  it("passes a required part's refusal of the caller on as it is", async () => {
    const refusing = (code: 'insufficient_scope' | 'upstream_limited') =>
      screen({
        path: '/s',
        field: 's',
        parts: { must: part(() => Promise.reject(new FrontdeskError(code)), { required: true }) },
      });
    await assert.rejects(setUp(refusing('insufficient_scope')).run.all(), { code: 'insufficient_scope' });
    await assert.rejects(setUp(refusing('upstream_limited')).run.all(), { code: 'upstream_limited' });
  });

  it('asks for the scopes of the screen, then of each part', async () => {
    const parts = { open: part(() => 1), paid: part(() => 2, { scopes: ['paid'] }) };
    const definition = screen({ path: '/s', field: 's', scopes: ['see'], parts });
    assert.throws(() => setUp(definition), { code: 'unauthenticated' });
    assert.throws(() => setUp(definition, identityWith('other')), { code: 'insufficient_scope' });
    const { run } = setUp(definition, identityWith('see'));
    assert.deepEqual(await run.all(), { values: { open: 1, paid: null }, incomplete: ['paid'] });
    assert.equal((await run.part('paid')).failure?.code, 'insufficient_scope');
    const full = setUp(definition, identityWith('see', 'paid')).run;
    assert.deepEqual((await full.all()).incomplete, []);
  });

  it('has no identity for parts where nobody proved one', async () => {
    const whoami = part(({ identity }) => identity.subject);
    const definition = screen({ path: '/s', field: 's', parts: { whoami } });
    assert.equal((await setUp(definition).run.part('whoami')).failure?.code, 'unauthenticated');
    assert.equal((await setUp(definition, identityWith()).run.part('whoami')).value, 'u1');
  });

  it("does not hold the wait for another part against a part's timeout", async () => {
    const user = part(async () => {
      await wait(clock, 200);
      return 'gold';
    });
    const tier = part(
      async ({ use }) => {
        const value = await use('user');
        await wait(clock, 200);
        return value;
      },
      { uses: { user }, timeout: '300ms' },
    );
    const { clock, run } = setUp(screen({ path: '/s', field: 's', parts: { user, tier } }));
    const outcome = run.part('tier');
    clock.advance(200);
    await turn();
    clock.advance(200);
    assert.equal((await outcome).value, 'gold');
  });

  it('times out a part by its own timeout', async () => {
    const slow = part(never, { timeout: '300ms' });
    const { clock, run } = setUp(screen({ path: '/s', field: 's', parts: { slow } }));
    const outcome = run.part('slow');
    clock.advance(300);
    assert.equal((await outcome).failure?.code, 'upstream_timeout');
  });

  it("answers before the exchange's own deadline where that is nearer", async () => {
    const clock = new ManualClock();
    const context = contextOn(clock);
    context.deadline.within(100);
    const definition = screen({ path: '/s', field: 's', parts: { slow: part(never), quick: part(() => 1) } });
    const run = new ScreenRun(definition, { context, clock, openClients: noClients });
    const answer = run.all();
    await turn();
    clock.advance(99);
    assert.deepEqual((await answer).values, { slow: null, quick: 1 });
    assert.equal(context.cancellation.cancelled, false);
  });

  it('ends with the exchange', async () => {
    const { context, run } = setUp(screen({ path: '/s', field: 's', parts: { slow: part(never) } }));
    const answer = run.all();
    context.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(answer, { code: 'client_closed' });
  });

  it('refuses a use that would close a circle of waiting parts', async () => {
    const a = part(async ({ use }) => use('b'));
    const b = part(async ({ use }) => use('a'));
    const self = part(async ({ use }) => use('self'));
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { a, b, self } }));
    const { incomplete } = await run.all();
    assert.deepEqual(incomplete, ['a', 'b', 'self']);
    assert.match((await run.part('b')).failure?.detail ?? '', /neither could ever start/);
  });

  it('refuses to use what was not declared, or is not there', async () => {
    const user = part(() => 1);
    const other = part(() => 2);
    const sly = part(async (context) => Reflect.apply(context.use, context, ['other']), { uses: { user } });
    const lost = part(async ({ use }) => use('nowhere'));
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { user, other, sly, lost } }));
    assert.match((await run.part('sly')).failure?.detail ?? '', /without saying so/);
    assert.match((await run.part('lost')).failure?.detail ?? '', /there is no part nowhere/);
  });

  it('lets a required part that is only used fail for its user alone', async () => {
    const user = part(() => Promise.reject<string>(new FrontdeskError('upstream_connect')), {
      required: true,
    });
    const tier = part(async ({ use }) => use('user'), { uses: { user } });
    const { run } = setUp(screen({ path: '/s', field: 's', parts: { user, tier } }));
    assert.equal((await run.part('tier')).failure?.code, 'upstream_connect');
  });
});

/** A part of a random screen. Delays are whole milliseconds, limits are halves: nothing ever ties. */
interface RandomPart {
  readonly uses: readonly number[];
  readonly declared: boolean;
  readonly delayMs: number;
  readonly fails: boolean;
  readonly required: boolean;
  readonly timeoutMs: number | undefined;
}

const randomParts = fc.array(
  fc.record({
    uses: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
    declared: fc.boolean(),
    delayMs: fc.integer({ min: 1, max: 12 }),
    fails: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
    required: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
    timeoutMs: fc.option(
      fc.nat({ max: 12 }).map((ms) => ms + 0.5),
      { nil: undefined },
    ),
  }),
  { minLength: 1, maxLength: 8 },
);

interface Expected {
  readonly endMs: number;
  readonly ok: boolean;
}

/** What ought to happen, worked out from the definition alone. */
function foretell(parts: readonly RandomPart[], deadlineMs: number): Expected[] {
  const expected: Expected[] = [];
  for (const [index, { uses, delayMs, fails, timeoutMs }] of parts.entries()) {
    const used = usedBy(uses, index).map((other) => expected[other] ?? { endMs: 0, ok: true });
    const broken = used.filter(({ ok }) => !ok).map(({ endMs }) => endMs);
    let ends: Expected;
    if (broken.length > 0) {
      ends = { endMs: Math.min(...broken), ok: false };
    } else {
      const readyMs = Math.max(0, ...used.map(({ endMs }) => endMs));
      const late = timeoutMs !== undefined && timeoutMs < delayMs;
      ends = { endMs: readyMs + (late ? timeoutMs : delayMs), ok: !late && !fails };
    }
    expected.push(ends.endMs > deadlineMs ? { endMs: deadlineMs, ok: false } : ends);
  }
  return expected;
}

/** A part uses only parts before it. */
function usedBy(uses: readonly number[], index: number): number[] {
  return index === 0 ? [] : [...new Set(uses.map((other) => other % index))];
}

function buildScreen(random: readonly RandomPart[], deadlineMs: number, clock: ManualClock, calls: number[]) {
  const parts: Record<string, Part> = {};
  for (const [index, one] of random.entries()) {
    const names = usedBy(one.uses, index).map((other) => `p${other}`);
    const uses: Record<string, Part> = {};
    for (const name of names) {
      const used = parts[name];
      if (used) uses[name] = used;
    }
    const resolve = async ({ use }: { use(name: string): Promise<unknown> }) => {
      calls[index] = (calls[index] ?? 0) + 1;
      await Promise.all(names.map((name) => use(name)));
      await wait(clock, one.delayMs);
      if (one.fails) throw new FrontdeskError('upstream_reset');
      return index;
    };
    parts[`p${index}`] = part(resolve, {
      required: one.required,
      ...(one.declared ? { uses } : {}),
      ...(one.timeoutMs === undefined ? {} : { timeout: `${one.timeoutMs}ms` }),
    });
  }
  return screen({ path: '/s', field: 's', deadline: `${deadlineMs}ms`, parts });
}

describe('a screen of any parts', () => {
  it('takes its critical path, calls each part once, spreads required failures alone, outlives nothing', async () => {
    await fc.assert(
      fc.asyncProperty(randomParts, fc.integer({ min: 1, max: 40 }), async (random, wholeDeadlineMs) => {
        const deadlineMs = wholeDeadlineMs + 0.25;
        const clock = new ManualClock();
        const calls: number[] = [];
        const cancelled = new Set<string>();
        const definition = buildScreen(random, deadlineMs, clock, calls);
        const openClients: OpenClients = (scope) => {
          scope.context.cancellation.onCancel(() => cancelled.add(scope.name));
          return noClients(scope);
        };
        const run = new ScreenRun(definition, { context: contextOn(clock), clock, openClients });
        const expected = foretell(random, deadlineMs);

        let endedMs: number | undefined;
        const settled = run.all().then(
          (answer) => {
            endedMs = clock.now();
            return { answer, error: undefined };
          },
          (error: unknown) => {
            endedMs = clock.now();
            return { answer: undefined, error };
          },
        );
        await turn();
        while (endedMs === undefined && clock.now() < deadlineMs) {
          clock.advance(0.25);
          await turn();
        }
        assert.notEqual(endedMs, undefined, 'outlived its deadline');
        const { answer, error } = await settled;

        const fatal = expected.filter(({ ok }, index) => !ok && random[index]?.required);
        if (fatal.length > 0) {
          assert.ok(error instanceof FrontdeskError && error.code === 'part_failed');
          assert.equal(endedMs, Math.min(...fatal.map(({ endMs }) => endMs)));
        } else {
          assert.equal(error, undefined);
          assert.equal(endedMs, Math.max(...expected.map(({ endMs }) => endMs)));
          const failed = expected.flatMap(({ ok }, index) => (ok ? [] : [`p${index}`]));
          assert.deepEqual(answer?.incomplete, failed);
          for (const [index, { ok }] of expected.entries()) {
            assert.equal(answer?.values[`p${index}`], ok ? index : null);
          }
        }
        assert.deepEqual(
          calls,
          random.map(() => 1),
        );
        run.close();
        assert.equal(cancelled.size, random.length, 'a part was left running');
      }),
      { numRuns: 150 },
    );
  });
});

it('every error a screen may end with is one that clients know', () => {
  assert.equal(ERRORS.part_failed.status, 503);
  assert.equal(ERRORS.part_failed.retryable, true);
});
