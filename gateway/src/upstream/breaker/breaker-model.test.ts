/** The breaker against a model that keeps plain lists: any history of calls, verdicts and time gives the same admissions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { type BreakerState, breakerConfig, CircuitBreaker, type Permit, REFUSED } from './breaker.ts';
import type { Verdict } from './verdict.ts';

interface Settings {
  readonly windowCalls: number;
  readonly minimumCalls: number;
  readonly consecutiveFailures: number | undefined;
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly probes: number;
  readonly probesToClose: number;
  readonly rampMs: number;
}

interface Model {
  readonly settings: Settings;
  now: number;
  state: BreakerState;
  openUntil: number;
  /** Of this time of being closed: whether each call failed. */
  history: boolean[];
  /** Verdicts in a row that were failures. */
  streak: number;
  succeeded: number;
  openings: number;
  rampFrom: number | undefined;
  credit: number;
  era: number;
  out: { permit: Permit; era: number }[];
}

interface Real {
  readonly clock: ManualClock;
  readonly target: CircuitBreaker;
}

function turn(model: Model, state: BreakerState): void {
  model.state = state;
  model.era += 1;
  model.history = [];
  model.streak = 0;
  model.succeeded = 0;
  model.rampFrom = undefined;
  model.credit = 0;
}

function open(model: Model): void {
  const { openMs, maxOpenMs, rampMs } = model.settings;
  if (model.rampFrom !== undefined && model.now - model.rampFrom >= rampMs) model.openings = 0;
  model.openUntil = model.now + Math.min(maxOpenMs, openMs * 2 ** model.openings);
  model.openings += 1;
  turn(model, 'open');
}

/** Whether a call is admitted now. */
function admits(model: Model): boolean {
  const { settings, out } = model;
  if (model.state === 'open' && model.now >= model.openUntil) turn(model, 'half-open');
  if (model.state === 'open') return false;
  const outNow = out.filter(({ era }) => era === model.era).length;
  if (model.state === 'half-open') return outNow < settings.probes;
  if (model.rampFrom === undefined) return true;
  const share = (model.now - model.rampFrom) / settings.rampMs;
  if (share >= 1) {
    model.rampFrom = undefined;
    model.openings = 0;
    return true;
  }
  model.credit += share;
  if (model.credit >= 1) {
    model.credit -= 1;
    return true;
  }
  return outNow === 0;
}

function judge(model: Model, verdict: Verdict): void {
  const { settings } = model;
  if (verdict === 'none') return;
  const failed = verdict === 'failure';
  if (model.state === 'half-open') {
    if (failed) {
      open(model);
      return;
    }
    model.succeeded += 1;
    if (model.succeeded < settings.probesToClose) return;
    turn(model, 'closed');
    if (settings.rampMs > 0) model.rampFrom = model.now;
    else model.openings = 0;
    return;
  }
  model.streak = failed ? model.streak + 1 : 0;
  model.history = [...model.history, failed].slice(-settings.windowCalls);
  const failures = model.history.filter(Boolean).length;
  const tooMany = model.history.length >= settings.minimumCalls && failures * 2 >= model.history.length;
  if (tooMany || model.streak === settings.consecutiveFailures) open(model);
}

class Begin implements fc.Command<Model, Real> {
  check = (): boolean => true;
  run(model: Model, { target }: Real): void {
    const expected = admits(model);
    // Where it says no, it says no; where it might, a share decides.
    if (expected) assert.ok(target.admits);
    const permit = target.begin();
    assert.equal(permit !== REFUSED, expected);
    assert.equal(target.state, model.state);
    if (expected) model.out.push({ permit, era: model.era });
  }
  toString = (): string => 'begin';
}

class End implements fc.Command<Model, Real> {
  readonly #which: number;
  readonly #verdict: Verdict;
  constructor(which: number, verdict: Verdict) {
    this.#which = which;
    this.#verdict = verdict;
  }
  check = (model: Readonly<Model>): boolean => model.out.length > 0;
  run(model: Model, { target }: Real): void {
    const [call] = model.out.splice(this.#which % model.out.length, 1);
    if (!call) return;
    target.end(call.permit, this.#verdict);
    if (call.era === model.era) judge(model, this.#verdict);
    assert.equal(target.state, model.state);
    assert.equal(target.retryAfterMs, model.state === 'open' ? Math.max(0, model.openUntil - model.now) : 0);
  }
  toString = (): string => `end(${this.#which}, ${this.#verdict})`;
}

class Pass implements fc.Command<Model, Real> {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = (): boolean => true;
  run(model: Model, { clock }: Real): void {
    clock.advance(this.#ms);
    model.now += this.#ms;
  }
  toString = (): string => `pass(${this.#ms})`;
}

const settings: fc.Arbitrary<Settings> = fc.record({
  windowCalls: fc.integer({ min: 4, max: 8 }),
  minimumCalls: fc.integer({ min: 1, max: 4 }),
  consecutiveFailures: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  openMs: fc.constantFrom(50, 100),
  maxOpenMs: fc.constantFrom(100, 250),
  probes: fc.integer({ min: 1, max: 3 }),
  probesToClose: fc.integer({ min: 1, max: 3 }),
  // Powers of two, so that shares add up to whole calls in the same way however they are added.
  rampMs: fc.constantFrom(0, 128),
});

test('property: it behaves as its model', () => {
  const verdict = fc.constantFrom<Verdict[]>('success', 'success', 'failure', 'failure', 'none');
  const commands = fc.commands(
    [
      fc.constant(new Begin()),
      fc.constant(new Begin()),
      fc.tuple(fc.nat(20), verdict).map(([which, how]) => new End(which, how)),
      fc.integer({ min: 1, max: 120 }).map((ms) => new Pass(ms)),
    ],
    { maxCommands: 200, size: '+1' },
  );
  fc.assert(
    fc.property(settings, commands, (given, steps) => {
      const clock = new ManualClock();
      const { consecutiveFailures, openMs, maxOpenMs, rampMs, ...plain } = given;
      const config = breakerConfig.parse({
        ...plain,
        ...(consecutiveFailures === undefined ? {} : { consecutiveFailures }),
        openFor: `${openMs}ms`,
        maxOpenFor: `${maxOpenMs}ms`,
        rampUp: `${rampMs}ms`,
        jitter: 0,
      });
      const model: Model = {
        settings: given,
        now: 0,
        state: 'closed',
        openUntil: 0,
        history: [],
        streak: 0,
        succeeded: 0,
        openings: 0,
        rampFrom: undefined,
        credit: 0,
        era: 0,
        out: [],
      };
      const real = { clock, target: new CircuitBreaker(config, { clock, random: () => 0 }) };
      fc.modelRun(() => ({ model, real }), steps);
    }),
    { numRuns: 500 },
  );
});
