/**
 * Clients for answers by text alone, where a test does not say which backends there are: every name is a backend, and each
 * call is answered by itself.
 */
import type { OpenClients, PartScope } from '../bff/screen/part-run.ts';
import type { NoteCall } from './clients.ts';
import {
  type CallPlace,
  FakeGrpcStatus,
  failureOfStatus,
  PartialAnswer,
  StatusAnswer,
} from './fake-answer.ts';
import { alsoStream, everyName } from './fake-grpc.ts';
import { operationName } from './operation-name.ts';
import type { Wire, WireCall } from './wire.ts';

export function textClients(wire: Wire, note: NoteCall): OpenClients {
  return (scope) => {
    const call = (place: CallPlace, to: string, input: unknown): ReturnType<typeof alsoStream> => {
      note({ part: scope.name, to, input });
      const sent = callOf(scope, place, to, input);
      return alsoStream(asked(wire, scope, sent), sent);
    };
    return {
      grpc: everyName((upstream) =>
        everyName(
          (method) => (input: unknown) =>
            call({ kind: 'grpc', upstream, call: method }, `${upstream} ${method}`, input),
        ),
      ),
      rest: everyName((upstream) =>
        everyName((method) => (path: string, input?: unknown) => {
          const name = `${method.toUpperCase()} ${path}`;
          const kind = method === 'stream' ? 'stream' : 'rest';
          return call({ kind, upstream, call: name }, `${upstream} ${name}`, input);
        }),
      ),
      graph: ({ source }, variables) => {
        const name = operationName(source);
        return call({ kind: 'graph', upstream: 'graph', call: name }, `graph ${name}`, variables);
      },
      subscribe: ({ source }, variables) => {
        const name = operationName(source);
        return call({ kind: 'graph', upstream: 'graph', call: name }, `graph ${name}`, variables);
      },
    };
  };
}

function callOf(scope: PartScope, place: CallPlace, to: string, input: unknown): WireCall {
  return {
    ...place,
    to,
    parts: [scope.name],
    input,
    cancellation: scope.context.cancellation,
    limitMs: scope.remainingMs(),
  };
}

async function asked(wire: Wire, scope: PartScope, call: WireCall): Promise<unknown> {
  try {
    const answer = await wire.ask(call);
    if (answer instanceof PartialAnswer) {
      scope.notePartial();
      return answer.data;
    }
    if (!(answer instanceof StatusAnswer)) return answer;
    const failure = failureOfStatus(call, answer.status);
    if (failure) throw failure;
    return answer.body;
  } catch (error) {
    throw error instanceof FakeGrpcStatus ? error.of(call) : error;
  }
}
