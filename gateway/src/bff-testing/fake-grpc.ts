/** The gRPC services of a test: methods by name, messages as they are, without protobuf between. */
import type { PartScope } from '../bff/screen/part-run.ts';
import type { RequestMemo } from '../handlers/bff/request-memo.ts';
import { FakeGrpcStatus, failureOfStatus, StatusAnswer } from './fake-answer.ts';
import { messagesOf } from './messages.ts';
import type { Wire, WireCall } from './wire.ts';

type Method = (request: unknown, options?: { readonly idempotent?: boolean }) => unknown;

/** The clients of one part. A call that says that it may be made twice is made once for all parts that ask the same. */
export function fakeGrpc(wire: Wire): (scope: PartScope, memo: RequestMemo | undefined) => object {
  return (scope, memo) =>
    everyName((upstream) =>
      everyName((name): Method => {
        return (request, options = {}) => {
          const call = callOf(scope, upstream, name, request);
          const ask = (): Promise<unknown> => unary(wire, call);
          const key = `${call.to} ${JSON.stringify(request)}`;
          const answer = options.idempotent === true && memo ? memo.share(key, scope, ask) : ask();
          return alsoStream(answer, call);
        };
      }),
    );
}

function callOf(scope: PartScope, upstream: string, name: string, request: unknown): WireCall {
  const sent: unknown = JSON.parse(JSON.stringify(request ?? {}));
  return {
    kind: 'grpc',
    upstream,
    call: name,
    to: `${upstream} ${name}`,
    parts: [scope.name],
    input: sent,
    cancellation: scope.context.cancellation,
    limitMs: scope.remainingMs(),
  };
}

async function unary(wire: Wire, call: WireCall): Promise<unknown> {
  try {
    return answerOf(await wire.ask(call), call);
  } catch (error) {
    throw error instanceof FakeGrpcStatus ? error.of(call) : error;
  }
}

function answerOf(answer: unknown, call: WireCall): unknown {
  if (!(answer instanceof StatusAnswer)) return answer;
  const failure = failureOfStatus(call, answer.status);
  if (failure) throw failure;
  return answer.body;
}

/** Both of what a call may be: a message to come, or the messages of a stream. */
export function alsoStream(
  answer: Promise<unknown>,
  { to, cancellation }: Pick<WireCall, 'to' | 'cancellation'>,
): Promise<unknown> & AsyncIterable<unknown> {
  answer.catch(() => {});
  return Object.assign(answer, {
    async *[Symbol.asyncIterator]() {
      yield* messagesOf(await answer, to, cancellation);
    },
  });
}

/** An object that has a member of every name, but for those by which the language itself looks at objects. */
export function everyName<Member>(make: (name: string) => Member): object {
  return new Proxy(
    {},
    {
      get: (_, name) => (typeof name === 'symbol' || name === 'then' ? undefined : make(name)),
    },
  );
}
