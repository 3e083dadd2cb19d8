import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { ScreenRun } from './engine.ts';
import type { Part } from './part.ts';
import type { OpenClients } from './part-run.ts';
import { noClients, part, wait } from './screen.fixture.ts';
import { screen } from './screen.ts';

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
