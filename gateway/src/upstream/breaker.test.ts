import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import {
  type BreakerState,
  breakerConfig,
  CircuitBreaker,
  judgeError,
  judgeReply,
  type Permit,
  REFUSED,
  type Verdict,
} from './breaker.ts';

const defaults = breakerConfig.parse({});

function breaker(input: object = {}): {
  clock: ManualClock;
  breaker: CircuitBreaker;
  changes: BreakerState[];
} {
  const clock = new ManualClock();
  const changes: BreakerState[] = [];
  const config = breakerConfig.parse(input);
  return { clock, changes, breaker: new CircuitBreaker(config, clock, (state) => changes.push(state)) };
}

function run(target: CircuitBreaker, verdict: Verdict, times = 1, slow = false): void {
  for (let i = 0; i < times; i += 1) target.end(target.begin(), verdict, slow);
}

describe('the defaults', () => {
  test('half of the last 20 calls opens for 30 s, then one success closes', () => {
    const { clock, breaker: target, changes } = breaker();
    run(target, 'success', 10);
    run(target, 'failure', 9);
    assert.equal(target.state, 'closed', '19 calls are too few to judge');
    run(target, 'failure');
    assert.equal(target.state, 'open');
    assert.equal(target.begin(), REFUSED);
    assert.equal(target.retryAfterMs, 30_000);
    clock.advance(29_999);
    assert.equal(target.admits, false);
    clock.advance(1);
    assert.equal(target.admits, true);
    const probe = target.begin();
    assert.notEqual(probe, REFUSED);
    assert.equal(target.begin(), REFUSED, 'one probe at a time');
    target.end(probe, 'success');
    assert.equal(target.state, 'closed');
    assert.deepEqual(changes, ['open', 'half-open', 'closed']);
    run(target, 'failure', 19);
    assert.equal(target.state, 'closed', 'it starts anew');
  });

  test('nine failures in twenty do not open it', () => {
    const { breaker: target } = breaker();
    for (let i = 0; i < 50; i += 1) {
      run(target, 'success', 11);
      run(target, 'failure', 9);
    }
    assert.equal(target.state, 'closed');
  });
});

test('a probe that fails opens it again for the whole time', () => {
  const { clock, breaker: target } = breaker();
  run(target, 'failure', 20);
  clock.advance(30_000);
  run(target, 'failure');
  assert.equal(target.state, 'open');
  assert.equal(target.retryAfterMs, 30_000);
});

test('a probe whose client left frees its place and decides nothing', () => {
  const { clock, breaker: target } = breaker();
  run(target, 'failure', 20);
  clock.advance(30_000);
  run(target, 'none');
  assert.equal(target.state, 'half-open');
  assert.equal(target.admits, true);
  run(target, 'success');
  assert.equal(target.state, 'closed');
});

test('verdicts from before an opening change nothing after it', () => {
  const { clock, breaker: target } = breaker();
  const early = target.begin();
  run(target, 'failure', 20);
  clock.advance(30_000);
  const probe = target.begin();
  target.end(early, 'success');
  assert.equal(target.state, 'half-open');
  assert.equal(target.begin(), REFUSED, 'the probe still has its place');
  target.end(probe, 'success');
  target.end(early, 'failure');
  assert.equal(target.state, 'closed');
});

test('slow calls open it where they are told to count, and a slow probe keeps it open', () => {
  const { clock, breaker: target } = breaker({ slowAfter: '1s', slowRate: 0.5 });
  run(target, 'success', 10);
  run(target, 'success', 10, true);
  assert.equal(target.state, 'open');
  clock.advance(30_000);
  run(target, 'success', 1, true);
  assert.equal(target.state, 'open');
});

test('a time window forgets', () => {
  const { clock, breaker: target } = breaker({ windowTime: '10s', minimumCalls: 5 });
  run(target, 'failure', 4);
  clock.advance(11_000);
  run(target, 'failure', 4);
  assert.equal(target.state, 'closed');
  run(target, 'failure');
  assert.equal(target.state, 'open');
});

test('what can never open is refused as configuration', () => {
  assert.throws(() => breakerConfig.parse({ windowCalls: 10 }), /minimumCalls/);
  assert.doesNotThrow(() => breakerConfig.parse({ windowCalls: 10, minimumCalls: 10 }));
  assert.doesNotThrow(() => breakerConfig.parse({ windowTime: '10s', minimumCalls: 100 }));
});

describe('verdicts', () => {
  const complete = { kind: 'complete', bytes: 1 } as const;
  const failed = (code: ConstructorParameters<typeof FrontdeskError>[0]) =>
    ({ kind: 'failed', bytes: 1, error: new FrontdeskError(code) }) as const;

  test('of replies', () => {
    assert.equal(judgeReply(defaults, 200, complete, 5), 'success');
    assert.equal(judgeReply(defaults, 404, complete, 5), 'success');
    assert.equal(judgeReply(defaults, 429, complete, 5), 'success');
    assert.equal(judgeReply(defaults, 500, complete, 5), 'failure');
    assert.equal(
      judgeReply(defaults, 503, { kind: 'aborted', bytes: 0 }, 5),
      'failure',
      'discarded by a retry',
    );
    assert.equal(judgeReply(defaults, 200, { kind: 'aborted', bytes: 0 }, 5), 'none', 'the client left');
    assert.equal(judgeReply(defaults, 200, failed('upstream_reset'), 5), 'failure', 'it broke in mid-body');
    assert.equal(judgeReply(defaults, 200, failed('upstream_too_large'), 5), 'none');
    assert.equal(judgeReply(breakerConfig.parse({ failureStatus: 429 }), 429, complete, 5), 'failure');
  });

  test('of errors: the endpoint’s own count, ours and the client’s never do', () => {
    for (const code of [
      'upstream_connect',
      'upstream_reset',
      'upstream_timeout',
      'upstream_invalid',
    ] as const) {
      assert.equal(judgeError(defaults, new FrontdeskError(code), 0), 'failure', code);
    }
    for (const code of [
      'client_closed',
      'upstream_limited',
      'bulkhead_full',
      'circuit_open',
      'payload_too_large',
    ] as const) {
      assert.equal(judgeError(defaults, new FrontdeskError(code), 9999), 'none', code);
    }
    assert.equal(judgeError(defaults, new Error('unknown'), 9999), 'none');
  });

  test('of a deadline: only after some patience', () => {
    const error = new FrontdeskError('deadline_exceeded');
    assert.equal(judgeError(defaults, error, 99), 'none');
    assert.equal(judgeError(defaults, error, 100), 'failure');
  });
});

// Against a model that keeps plain lists: any history of calls, verdicts and time gives the same admissions.

interface Model {
  now: number;
  state: BreakerState;
  openedAt: number;
  history: boolean[];
  probe: number | undefined;
  calls: { permit: Permit; born: number }[];
  era: number;
}

interface Real {
  clock: ManualClock;
  target: CircuitBreaker;
}

const WINDOW = 6;
const MINIMUM = 4;
const OPEN_MS = 100;

class Begin implements fc.Command<Model, Real> {
  check = (): boolean => true;
  run(model: Model, { target }: Real): void {
    let expected: boolean;
    if (model.state === 'open' && model.now >= model.openedAt + OPEN_MS) {
      model.state = 'half-open';
      model.era += 1;
    }
    if (model.state === 'closed') expected = true;
    else expected = model.state === 'half-open' && model.probe === undefined;
    assert.equal(target.admits, expected);
    const permit = target.begin();
    assert.equal(permit !== REFUSED, expected);
    assert.equal(target.state, model.state);
    if (!expected) return;
    if (model.state === 'half-open') model.probe = model.era;
    model.calls.push({ permit, born: model.era });
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
  check = (model: Readonly<Model>): boolean => model.calls.length > 0;
  run(model: Model, { target }: Real): void {
    const [call] = model.calls.splice(this.#which % model.calls.length, 1);
    if (!call) return;
    target.end(call.permit, this.#verdict);
    if (call.born === model.era) this.#apply(model);
    assert.equal(target.state, model.state);
  }
  #apply(model: Model): void {
    const toState = (state: BreakerState): void => {
      model.state = state;
      model.era += 1;
      model.history = [];
      model.probe = undefined;
      if (state === 'open') model.openedAt = model.now;
    };
    if (model.state === 'half-open') {
      model.probe = undefined;
      if (this.#verdict !== 'none') toState(this.#verdict === 'success' ? 'closed' : 'open');
      return;
    }
    if (this.#verdict === 'none') return;
    model.history = [...model.history, this.#verdict === 'failure'].slice(-WINDOW);
    const failures = model.history.filter(Boolean).length;
    if (model.history.length >= MINIMUM && failures * 2 >= model.history.length) toState('open');
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

test('property: it behaves as its model', () => {
  const verdict = fc.constantFrom<Verdict[]>('success', 'failure', 'failure', 'none');
  const commands = fc.commands(
    [
      fc.constant(new Begin()),
      fc.tuple(fc.nat(20), verdict).map(([which, how]) => new End(which, how)),
      fc.integer({ min: 1, max: 120 }).map((ms) => new Pass(ms)),
    ],
    { maxCommands: 200, size: '+1' },
  );
  fc.assert(
    fc.property(commands, (steps) => {
      const clock = new ManualClock();
      const config = breakerConfig.parse({
        windowCalls: WINDOW,
        minimumCalls: MINIMUM,
        openFor: `${OPEN_MS}ms`,
      });
      const setup = () => ({
        model: {
          now: 0,
          state: 'closed' as BreakerState,
          openedAt: 0,
          history: [],
          probe: undefined,
          calls: [],
          era: 0,
        },
        real: { clock, target: new CircuitBreaker(config, clock) },
      });
      fc.modelRun(setup, steps);
    }),
    { numRuns: 300 },
  );
});
