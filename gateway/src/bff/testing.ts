/**
 * The public door `@frontdesk/gateway/bff/testing`: runs a screen in a team's own test, on the real engine, with
 * backends of the test's making. No network, no configuration.
 */
import { Cancellation } from '../core/abort.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import type { Identity } from '../core/identity.ts';
import { Timeline } from '../core/timeline.ts';
import { type ScreenAnswer, ScreenRun } from './engine.ts';
import { NO_INPUT } from './input.ts';
import type { OpenClients } from './part-run.ts';
import type { Screen } from './screen.ts';

/** A call as a part made it. */
export interface FakeCall {
  readonly part: string;
  /** `users GET /users/{id}`, `graph RecentOrders`, or `dispatch findDriver`. */
  readonly to: string;
  /** The call's options, or the operation's variables. */
  readonly input: unknown;
}

export interface FakeBackends {
  /**
   * Answers by what is called, as `FakeCall.to` says it; throws or rejects for a backend that fails. A stream of gRPC is
   * answered by a list of its messages.
   */
  readonly answers: Readonly<Record<string, (input: unknown) => unknown>>;
  /** What the caller says. Default: nothing. Rejects with `invalid_request` where the screen's input refuses it. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** The caller; by default `{ subject: '1' }` with the scopes of the screen and its parts. */
  readonly identity?: Partial<Identity>;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface TestedScreen extends ScreenAnswer {
  /** Every call that a part made, in order. */
  readonly calls: readonly FakeCall[];
}

/** Runs all parts of a screen. Rejects as the screen would: with a `FrontdeskError`. */
export async function testScreen(screen: Screen, fakes: FakeBackends): Promise<TestedScreen> {
  const calls: FakeCall[] = [];
  const clock = fakes.clock ?? systemClock;
  const openClients: OpenClients = (scope) => {
    const call = async (to: string, input: unknown) => {
      calls.push({ part: scope.name, to, input });
      const answer = fakes.answers[to];
      if (!answer) throw new TypeError(`no fake answers ${to}`);
      return answer(input);
    };
    return {
      grpc: everyName((upstream) =>
        everyName((method) => (input: unknown) => grpcAnswer(call(`${upstream} ${method}`, input))),
      ),
      rest: everyName((upstream) =>
        everyName(
          (method) => (path: string, input?: unknown) =>
            call(`${upstream} ${method.toUpperCase()} ${path}`, input),
        ),
      ),
      graph: ({ source }, variables) => call(`graph ${operationName(source)}`, variables),
    };
  };
  const cancellation = new Cancellation();
  const context = {
    id: 'test',
    client: undefined,
    host: undefined,
    identity: identityFor(screen, fakes.identity),
    deadline: new Deadline(clock, cancellation),
    cancellation,
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: '1'.repeat(32), spanId: '1'.repeat(16), sampled: false, state: undefined },
  };
  const input = screen.input?.parse(fakes.input ?? NO_INPUT) ?? NO_INPUT;
  const run = new ScreenRun(screen, { context, clock, openClients, input });
  try {
    return { ...(await run.all()), calls };
  } finally {
    run.close();
  }
}

/** Both of what a gRPC call may be: a message to come, or the messages of a stream. */
function grpcAnswer(answer: Promise<unknown>): Promise<unknown> & AsyncIterable<unknown> {
  answer.catch(() => {});
  return Object.assign(answer, {
    async *[Symbol.asyncIterator]() {
      const messages = await answer;
      if (!Array.isArray(messages)) throw new TypeError('a stream is answered by a list');
      yield* messages;
    },
  });
}

/** An object that has a member of every name. */
function everyName<Member>(make: (name: string) => Member): object {
  return new Proxy({}, { get: (_, name) => make(String(name)) });
}

function operationName(source: string): string {
  return /\b(?:query|mutation|subscription)\s+([A-Za-z_][A-Za-z0-9_]*)/.exec(source)?.[1] ?? 'anonymous';
}

function identityFor(screen: Screen, given: Partial<Identity> = {}): Identity {
  const scopes = [...screen.scopes, ...Object.values(screen.parts).flatMap((part) => part.scopes)];
  return {
    subject: '1',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(scopes),
    roles: [],
    scheme: 'test',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
    ...given,
  };
}
