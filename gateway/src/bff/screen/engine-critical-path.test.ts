import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { ScreenRun } from './engine.ts';
import { lastGood } from './fallback.ts';
import { KeptParts } from './kept-parts.ts';
import { LastGood } from './last-good.ts';
import type { Part } from './part.ts';
import { PartCaching } from './part-caching.ts';
import type { OpenClients } from './part-run.ts';
import { never, noClients, part, wait } from './screen.fixture.ts';
import { screen } from './screen.ts';

/** A part of a random screen. Delays are whole milliseconds, limits are halves: nothing ever ties. */
interface RandomPart {
  readonly uses: readonly number[];
  readonly declared: boolean;
  readonly delayMs: number;
  readonly fails: 'no' | 'throws' | 'rejects' | 'hangs';
  readonly required: boolean;
  readonly fallback: 'none' | 'value' | 'lastGood';
  readonly timeoutMs: number | undefined;
  readonly cached: boolean;
}

const rarely = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constantFrom(usual, ...others));

const randomParts: fc.Arbitrary<RandomPart[]> = fc.array(
  fc.record({
    uses: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
    declared: fc.boolean(),
    delayMs: fc.integer({ min: 1, max: 12 }),
    fails: rarely<RandomPart['fails']>('no', 'throws', 'rejects', 'hangs'),
    required: rarely(false, true),
    fallback: fc.constantFrom<RandomPart['fallback']>('none', 'value', 'lastGood'),
    timeoutMs: fc.option(
      fc.nat({ max: 12 }).map((ms) => ms + 0.5),
      { nil: undefined },
    ),
    cached: rarely(false, true),
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
  for (const [index, { uses, delayMs, fails, timeoutMs = Number.POSITIVE_INFINITY }] of parts.entries()) {
    const used = usedBy(uses, index).map((other) => expected[other] ?? { endMs: 0, ok: true });
    const broken = used.filter(({ ok }) => !ok).map(({ endMs }) => endMs);
    let ends: Expected;
    if (fails === 'throws') {
      ends = { endMs: 0, ok: false };
    } else if (broken.length > 0) {
      ends = { endMs: Math.min(...broken), ok: false };
    } else {
      const readyMs = Math.max(0, ...used.map(({ endMs }) => endMs));
      const neededMs = fails === 'hangs' ? Number.POSITIVE_INFINITY : delayMs;
      ends = { endMs: readyMs + Math.min(timeoutMs, neededMs), ok: neededMs < timeoutMs && fails === 'no' };
    }
    expected.push(ends.endMs > deadlineMs ? { endMs: deadlineMs, ok: false } : ends);
  }
  return expected;
}

/** A part uses only parts before it. */
function usedBy(uses: readonly number[], index: number): number[] {
  return index === 0 ? [] : [...new Set(uses.map((other) => other % index))];
}

const FALLBACK = 'in its place';

function optionsOf(one: RandomPart, uses: Record<string, Part>) {
  return {
    required: one.required,
    ...(one.declared ? { uses } : {}),
    ...(one.timeoutMs === undefined ? {} : { timeout: `${one.timeoutMs}ms` as const }),
    ...(one.cached ? { cache: { for: '10m', staleWhileRevalidate: '1m' } as const } : {}),
    ...(one.required || one.fallback === 'none'
      ? {}
      : { fallback: one.fallback === 'value' ? FALLBACK : lastGood('10m', FALLBACK) }),
  };
}

interface Backend {
  /** Whether nothing fails or takes time just now. */
  readonly healthy?: () => boolean;
  /** The parts whose work is under way, also when nobody waits for it any more: nothing can stop it. */
  readonly working?: Set<number>;
}

function buildParts(
  random: readonly RandomPart[],
  clock: ManualClock,
  calls: number[],
  { healthy = () => false, working = new Set() }: Backend = {},
): Record<string, Part> {
  const parts: Record<string, Part> = {};
  for (const [index, one] of random.entries()) {
    const names = usedBy(one.uses, index).map((other) => `p${other}`);
    const uses: Record<string, Part> = {};
    for (const name of names) {
      const used = parts[name];
      if (used) uses[name] = used;
    }
    const resolve = ({ use }: { use(name: string): Promise<unknown> }) => {
      calls[index] = (calls[index] ?? 0) + 1;
      if (one.fails === 'throws' && !healthy()) throw new TypeError('a bug');
      return Promise.all(names.map((name) => use(name))).then(async () => {
        if (healthy()) return index;
        if (one.fails === 'hangs') await never();
        working.add(index);
        await wait(clock, one.delayMs);
        working.delete(index);
        if (one.fails === 'rejects') throw new FrontdeskError('upstream_reset');
        return index;
      });
    };
    parts[`p${index}`] = part<unknown, unknown, Record<string, Part>>(resolve, optionsOf(one, uses));
  }
  return parts;
}

/** Names in another order. */
function shuffled(parts: Record<string, Part>, order: readonly number[]): Record<string, Part> {
  const names = Object.keys(parts).map((name, i) => ({ name, at: order[i] ?? 0 }));
  names.sort((a, b) => a.at - b.at);
  return Object.fromEntries(names.flatMap(({ name }) => (parts[name] ? [[name, parts[name]]] : [])));
}

interface Ended {
  readonly atMs: number;
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly incomplete: readonly string[];
  readonly error: unknown;
  readonly leftRunning: readonly string[];
}

/** Runs a whole screen on the clock, until it has its answer. */
async function runScreen(
  parts: Record<string, Part>,
  deadlineMs: number,
  clock: ManualClock,
  caching: PartCaching,
): Promise<Ended> {
  const startMs = clock.now();
  const open = new Set<string>();
  const openClients: OpenClients = (scope) => {
    open.add(scope.name);
    scope.context.cancellation.onCancel(() => open.delete(scope.name));
    return noClients(scope);
  };
  const definition = screen({ path: '/s', field: 's', deadline: `${deadlineMs}ms`, parts });
  const run = new ScreenRun(definition, { context: contextOn(clock), clock, openClients, caching });
  let ended: Omit<Ended, 'leftRunning'> | undefined;
  run.all().then(
    ({ values, incomplete }) => {
      ended = { atMs: clock.now() - startMs, values, incomplete, error: undefined };
    },
    (error: unknown) => {
      ended = { atMs: clock.now() - startMs, values: undefined, incomplete: [], error };
    },
  );
  await turn();
  while (!ended && clock.now() - startMs < deadlineMs) {
    clock.advance(0.25);
    await turn();
  }
  if (!ended) assert.fail('outlived its deadline');
  run.close();
  await turn();
  return { ...ended, leftRunning: [...open] };
}

function cachingOn(clock: ManualClock): { caching: PartCaching; kept: KeptParts } {
  const kept = new KeptParts(clock);
  const openClients = () => noClients;
  const caching = new PartCaching({ bff: 'b', shape: '', kept, lastGood: new LastGood(clock), openClients });
  return { caching, kept };
}

function assertForetold(
  random: readonly RandomPart[],
  ended: Ended,
  expected: readonly Expected[],
  standsIn: (index: number, one: RandomPart) => unknown,
): void {
  const fatal = expected.filter(({ ok }, index) => !ok && random[index]?.required);
  if (fatal.length > 0) {
    assert.ok(ended.error instanceof FrontdeskError && ended.error.code === 'part_failed', `${ended.error}`);
    assert.equal(ended.atMs, Math.min(...fatal.map(({ endMs }) => endMs)));
    return;
  }
  assert.equal(ended.error, undefined);
  assert.equal(ended.atMs, Math.max(...expected.map(({ endMs }) => endMs)));
  const failed = expected.flatMap(({ ok }, index) => (ok ? [] : [`p${index}`]));
  assert.deepEqual([...ended.incomplete].sort(), failed.sort());
  for (const [index, { ok }] of expected.entries()) {
    const one = random[index];
    if (one) assert.equal(ended.values?.[`p${index}`], ok ? index : standsIn(index, one));
  }
}

const deadlines = fc.integer({ min: 1, max: 40 }).map((ms) => ms + 0.25);
const orders = fc.array(fc.integer(), { minLength: 8, maxLength: 8 });

describe('a screen of any parts', () => {
  it('takes its critical path, calls each part once, spreads required failures alone, outlives nothing, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(randomParts, deadlines, orders, async (random, deadlineMs, order) => {
        const clock = new ManualClock();
        const calls: number[] = [];
        const { caching, kept } = cachingOn(clock);
        const working = new Set<number>();
        const parts = shuffled(buildParts(random, clock, calls, { working }), order);
        const ended = await runScreen(parts, deadlineMs, clock, caching);
        const expected = foretell(random, deadlineMs);
        assertForetold(random, ended, expected, (_index, { fallback, required }) =>
          fallback === 'none' || required ? null : FALLBACK,
        );
        assert.deepEqual(
          calls,
          random.map(() => 1),
        );
        assert.deepEqual(ended.leftRunning, [], 'a part was left running');
        assert.equal(kept.flying, 0);
        assert.equal(clock.pending, working.size, 'a timer was left');
      }),
      { numRuns: 120 },
    );
  });

  it('that was well before has cached parts at once, unasked, and last good values for what fails', async () => {
    await fc.assert(
      fc.asyncProperty(randomParts, deadlines, async (random, deadlineMs) => {
        const clock = new ManualClock();
        const calls: number[] = [];
        const { caching } = cachingOn(clock);
        let healthy = true;
        const parts = buildParts(random, clock, calls, { healthy: () => healthy });
        const before = await runScreen(parts, deadlineMs, clock, caching);
        assert.deepEqual(before.incomplete, []);
        assert.equal(before.atMs, 0);
        healthy = false;
        calls.length = 0;
        const ended = await runScreen(parts, deadlineMs, clock, caching);
        // A part that is there already is one that takes no time, uses nobody and can't fail.
        const left = random.map(
          (one): RandomPart => (one.cached ? { ...one, uses: [], fails: 'no', delayMs: 0 } : one),
        );
        const expected = foretell(left, deadlineMs);
        assertForetold(left, ended, expected, (index, { fallback, required }) =>
          required || fallback === 'none' ? null : fallback === 'value' ? FALLBACK : index,
        );
        for (const [index, one] of random.entries()) assert.equal(calls[index] ?? 0, one.cached ? 0 : 1);
        assert.deepEqual(ended.leftRunning, []);
      }),
      { numRuns: 60 },
    );
  });
});
