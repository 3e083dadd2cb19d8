/**
 * The backends of a test: typed by the kit that a team's operations are made with, so that an answer that a backend could
 * not give does not compile. What is not answered for fails the test, by name.
 */
import {
  type Backends,
  type Endpoint,
  type EventEndpoint,
  type GraphDocument,
  METHODS,
  type Method,
} from '../bff/backend.ts';
import { type GrpcBackend, isGrpcBackend } from '../bff/grpc-backend.ts';
import type { PartialAnswer, StatusAnswer } from './fake-answer.ts';
import { operationName } from './operation-name.ts';

/** Answers a call; what it is given depends on the kind of the call. */
export type Answerer = (asked: never) => unknown;

/** Backends as a test's run reaches them. `fakeBackends` and `replayBackends` make them. */
export interface FakeBackends {
  readonly kind: 'frontdesk.fakes';
  readonly backends: Backends;
  /** Every call that is answered, as `calls` of a run name it. */
  readonly known: readonly string[];
  /**
   * The answer to a call; `document` is the text of an operation of the graph. Rejects with a `MissingFakeError` for a call
   * that nothing answers.
   */
  answer(to: string, asked: unknown, document?: string): unknown;
}

/** A call that no fake answers: the test lacks something, not the operation. */
export class MissingFakeError extends Error {
  override readonly name = 'MissingFakeError';
}

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never;

/** What a fake of a REST endpoint is told, as it came over the network. */
export interface RestAsked<Path extends string = string, Body = unknown> {
  /** The path's parameters, decoded. */
  readonly path: Readonly<Record<Parameters<Path>, string>>;
  /** Decoded; a list for a name that was sent several times. */
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The JSON that was sent; `undefined` without any. */
  readonly body: Body;
}

type Later<Value> = Value | Promise<Value>;
type BodyOf<Asked> = Asked extends { readonly body: infer Body } ? Body : unknown;
type RestFake<E, Path extends string> =
  E extends Endpoint<infer Answer, infer Asked>
    ? (asked: RestAsked<Path, BodyOf<Asked>>) => Later<Answer | StatusAnswer>
    : never;
type StreamFake<E, Path extends string> =
  E extends EventEndpoint<infer Message>
    ? (asked: RestAsked<Path>) => Later<AsyncIterable<Message> | readonly Message[] | StatusAnswer>
    : never;
type RestFakes<B> = {
  readonly [M in keyof B & Method]?: {
    readonly [Path in keyof B[M] & string]?: RestFake<B[M][Path], Path>;
  };
} & {
  readonly [S in keyof B & 'stream']?: {
    readonly [Path in keyof B[S] & string]?: StreamFake<B[S][Path], Path>;
  };
};
type GrpcFakes<B> =
  B extends GrpcBackend<infer Methods>
    ? { readonly [Name in keyof Methods]?: GrpcFake<Methods[Name]> }
    : never;
type GrpcFake<M> = M extends {
  readonly request: infer Request;
  readonly response: infer Response;
  readonly streams: infer Streams;
}
  ? (
      request: Request,
    ) => Later<Streams extends true ? AsyncIterable<Response> | readonly Response[] : Response>
  : never;

/** An operation of the graph and what answers it; of a subscription its events. */
export interface GraphFake {
  readonly name: string;
  readonly answer: Answerer;
}

/** Answers an operation of the graph: `onGraph(RecentOrders, ({ user }) => ({ orders: [] }))`. */
export function onGraph<Data, Variables>(
  { source }: GraphDocument<Data, Variables>,
  answer: (
    variables: NoInfer<Variables>,
  ) => Later<NoInfer<Data> | PartialAnswer<NoInfer<Data>> | AsyncIterable<NoInfer<Data>>>,
): GraphFake {
  return { name: operationName(source), answer };
}

/** A document and what answers it, as `graph` of `fakeBackends` takes them. */
type GraphPairs<Documents extends readonly unknown[]> = {
  readonly [Index in keyof Documents]:
    | GraphFake
    | readonly [
        Documents[Index],
        Documents[Index] extends GraphDocument<infer Data, infer Variables>
          ? (variables: Variables) => Later<Data | PartialAnswer<Data> | AsyncIterable<Data>>
          : never,
      ];
};

/** Fakes by backend, and of the graph. A backend that is called `graph` is answered by `answers`. */
export type Fakes<B extends Backends, Documents extends readonly unknown[]> = {
  readonly [Name in Exclude<keyof B, 'graph'>]?: B[Name] extends GrpcBackend
    ? GrpcFakes<B[Name]>
    : RestFakes<B[Name]>;
} & { readonly graph?: GraphPairs<Documents> };

/**
 * Backends that answer as a test says: `fakeBackends(kit, { users: { get: { '/users/{id}': ({ path }) => ({ … }) } },
 * dispatch: { findDriver: (request) => ({ … }) }, graph: [[RecentOrders, (variables) => ({ … })]] })`. `kit` is what
 * `defineBackends` made. A fake may answer `status(404)`, or throw a `FrontdeskError`.
 */
export function fakeBackends<
  const B extends Backends,
  const Documents extends readonly GraphDocument<unknown, never>[],
>(kit: { readonly backends: B }, fakes: Fakes<B, Documents>): FakeBackends {
  const answers = new Map<string, Answerer>();
  for (const [upstream, backend] of Object.entries(kit.backends)) {
    const given: unknown = Reflect.get(fakes, upstream);
    if (typeof given !== 'object' || given === null || upstream === 'graph') continue;
    if (isGrpcBackend(backend)) addAll(answers, `${upstream} `, given);
    else {
      for (const method of METHODS) {
        addAll(answers, `${upstream} ${method.toUpperCase()} `, Reflect.get(given, method));
      }
      addAll(answers, `${upstream} STREAM `, Reflect.get(given, 'stream'));
    }
  }
  for (const one of fakes.graph ?? []) {
    const { name, answer } = graphFakeOf(one);
    answers.set(`graph ${name}`, answer);
  }
  return answering(kit.backends, answers);
}

/** Backends of answers by call. */
export function answering(backends: Backends, answers: ReadonlyMap<string, Answerer>): FakeBackends {
  return {
    kind: 'frontdesk.fakes',
    backends,
    known: [...answers.keys()],
    answer(to, asked) {
      const answer = answers.get(to);
      if (!answer) throw new MissingFakeError(missing(to, [...answers.keys()]));
      return Reflect.apply(answer, undefined, [asked]);
    },
  };
}

/** What a call lacks, and where it goes. */
function missing(to: string, known: readonly string[]): string {
  const has = known.length === 0 ? 'nothing is answered' : `answered are ${known.join(', ')}`;
  return `no fake answers ${to}: add ${placeOf(to)} to fakeBackends (${has})`;
}

function placeOf(to: string): string {
  const [upstream = '', second = '', ...rest] = to.split(' ');
  if (upstream === 'graph') return `graph: [[${second}, (variables) => ({ … })]]`;
  if (rest.length === 0) return `${upstream}: { ${second}: (request) => ({ … }) }`;
  return `${upstream}: { ${second.toLowerCase()}: { '${rest.join(' ')}': (asked) => ({ … }) } }`;
}

function addAll(answers: Map<string, Answerer>, prefix: string, given: unknown): void {
  if (typeof given !== 'object' || given === null) return;
  for (const [name, answer] of Object.entries(given)) {
    if (typeof answer === 'function') answers.set(prefix + name, (asked) => answer(asked));
    else if (answer !== undefined) throw new TypeError(`${prefix}${name}: a fake is a function`);
  }
}

function graphFakeOf(one: unknown): GraphFake {
  if (Array.isArray(one)) {
    const [document, answer]: unknown[] = one;
    if (
      typeof document === 'object' &&
      document !== null &&
      'source' in document &&
      typeof answer === 'function'
    ) {
      return { name: operationName(String(document.source)), answer: (asked) => answer(asked) };
    }
  } else if (isGraphFake(one)) return one;
  throw new TypeError('graph: expected [document, (variables) => data]');
}

function isGraphFake(one: unknown): one is GraphFake {
  return typeof one === 'object' && one !== null && 'name' in one && 'answer' in one;
}
