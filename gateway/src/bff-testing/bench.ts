/** What every run of a test needs: a clock, a network with its faults, who asks, and notes of all that happens. */
import type { Backends } from '../bff/backend.ts';
import type { Drift, TellDrift } from '../bff/drift.ts';
import type { Duration } from '../bff/duration-text.ts';
import { NO_INPUT } from '../bff/input.ts';
import type { Operation } from '../bff/operation.ts';
import type { OpenClients } from '../bff/screen/part-run.ts';
import { Cancellation } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import { parseDuration } from '../core/duration.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Identity } from '../core/identity.ts';
import { Timeline } from '../core/timeline.ts';
import { type FakeBackends, MissingFakeError } from './backends.ts';
import { type FakeCall, type Opener, testClients } from './clients.ts';
import { FaultPlan, type Faults } from './faults.ts';
import { textClients } from './text-clients.ts';
import { VirtualClock } from './virtual-clock.ts';
import { type SentCall, Wire } from './wire.ts';

/** Answers by what is called, as `FakeCall.to` says it; throws or rejects for a backend that fails. */
export type TextAnswers = Readonly<Record<string, (input: unknown) => unknown>>;

export interface TestOptions {
  /** The backends, typed: what `fakeBackends` or `replayBackends` made. */
  readonly fakes?: FakeBackends;
  /**
   * In place of `fakes`, answers by what is called, untyped. A stream of gRPC is answered by a list of its messages. What
   * nothing answers fails its part.
   */
  readonly answers?: TextAnswers;
  /** What the caller says. Default: nothing. Rejects with `invalid_request` where the operation's input refuses it. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** The caller; by default `{ subject: '1' }` with the scopes of the operation and all of its parts. `null` is nobody. */
  readonly identity?: Partial<Identity> | null;
  /** What goes wrong, by part, step or call. Default: nothing. */
  readonly faults?: Faults;
}

/** What a further run of the same test may change. */
export interface AgainOptions extends Pick<TestOptions, 'input' | 'identity' | 'faults'> {
  /** Passes before it. Default: 0ms. */
  readonly after?: Duration;
}

/** What was done, in order. */
export interface Notes {
  /** Every call that a part or step made. */
  readonly calls: readonly FakeCall[];
  /** Every call that reached a backend: reads that are alike and batches are one. */
  readonly sent: readonly SentCall[];
  /** Where answers were not as their schemas say. */
  readonly drifts: readonly Drift[];
}

/** One run's network and notes. */
export interface BenchRun extends Notes {
  readonly wire: Wire;
  readonly tellDrift: TellDrift;
  /** New clients, with a memory of their own. */
  readonly forRequest: (opener?: Opener) => OpenClients;
  readonly context: CallContext;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface BenchOperation extends Pick<Operation, 'kind' | 'field' | 'input'> {
  /** What faults may be of, beside calls. */
  readonly parts: readonly string[];
  /** What its caller has where a test does not say. */
  readonly scopes: readonly string[];
}

export class Bench {
  readonly clock: Clock;
  /** `undefined` where the test turns its own. */
  readonly virtual: VirtualClock | undefined;
  readonly #operation: BenchOperation;
  readonly #options: TestOptions;
  readonly #fakes: FakeBackends;

  /** Throws a `TypeError` that names what is wrong with the options. */
  constructor(operation: BenchOperation, options: TestOptions, clock?: Clock) {
    this.virtual = clock ? undefined : new VirtualClock();
    this.clock = clock ?? this.virtual ?? new VirtualClock();
    this.#operation = operation;
    this.#options = options;
    if (options.fakes && options.answers) throw new TypeError('either fakes or answers, not both');
    this.#fakes = options.fakes ?? textFakes(options.answers ?? {});
  }

  /** Begins a run. Throws `invalid_request` where the input is refused. */
  begin(again: AgainOptions = {}): BenchRun {
    const { field, input: schema, kind } = this.#operation;
    const options = { ...this.#options, ...again };
    const faults = new FaultPlan(options.faults);
    this.#checkNames(`${kind} ${field}`, faults.names);
    const calls: FakeCall[] = [];
    const drifts: Drift[] = [];
    const { clock, virtual } = this;
    const beganAt = clock.now();
    const wire = new Wire({
      fakes: this.#fakes,
      faults,
      clock: virtual,
      now: () => clock.now() - beganAt,
    });
    const note = (call: FakeCall): void => void calls.push(call);
    const tellDrift = (drift: Drift): void => void drifts.push(drift);
    const { backends } = this.#fakes;
    const forRequest = this.#options.fakes
      ? testClients({ backends, wire, note, tellDrift })
      : () => textClients(wire, note);
    return {
      wire,
      tellDrift,
      forRequest,
      calls,
      drifts,
      sent: wire.sent,
      context: contextOf(clock, options.identity === null ? undefined : this.identity(options.identity)),
      input: schema?.parse(options.input ?? NO_INPUT) ?? NO_INPUT,
    };
  }

  /** Lets the time before a further run pass. */
  async pass(after: Duration | undefined): Promise<void> {
    if (after === undefined) return;
    const ms = parseDuration(after);
    if (ms === undefined) throw new TypeError(`after: expected a duration such as 30s, not "${after}"`);
    if (!this.virtual) throw new TypeError('after: the clock is the test’s own, which turns it');
    await this.virtual.advance(ms);
  }

  /** Time passes until it has settled, where it is ours to turn. */
  drive<Value>(work: Promise<Value>): Promise<Value> {
    return this.virtual ? this.virtual.drive(work) : work;
  }

  identity(given: Partial<Identity> = {}): Identity {
    return {
      subject: '1',
      consumer: undefined,
      tenant: undefined,
      plan: undefined,
      scopes: new Set(this.#operation.scopes),
      roles: [],
      scheme: 'test',
      claims: {},
      expiresAt: Number.POSITIVE_INFINITY,
      ...given,
    };
  }

  #checkNames(operation: string, names: readonly string[]): void {
    const { parts } = this.#operation;
    const known = [...parts, ...this.#fakes.known];
    for (const name of names) {
      if (known.includes(name)) continue;
      throw new TypeError(
        `faults.${name}: ${operation} has ${parts.join(', ')}, and calls are ${this.#fakes.known.join(', ')}`,
      );
    }
  }
}

/** The test lacks something: that is told before whatever the operation made of it. */
export function failOfMissing(run: BenchRun): void {
  const texts = new Set(run.wire.missing.map(({ message }) => message));
  if (texts.size > 0) throw new MissingFakeError([...texts].join('\n'));
}

/** The context of a request that nobody ends. */
function contextOf(clock: Clock, identity: Identity | undefined): CallContext {
  const cancellation = new Cancellation();
  return {
    id: 'test',
    client: undefined,
    host: undefined,
    identity,
    deadline: new Deadline(clock, cancellation),
    cancellation,
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: '1'.repeat(32), spanId: '1'.repeat(16), sampled: false, state: undefined },
  };
}

const NO_BACKENDS: Backends = {};

function textFakes(answers: TextAnswers): FakeBackends {
  return {
    kind: 'frontdesk.fakes',
    backends: NO_BACKENDS,
    known: Object.keys(answers),
    answer(to, asked) {
      const answer = answers[to];
      if (!answer) throw new TypeError(`no fake answers ${to}`);
      return answer(asked);
    },
  };
}
