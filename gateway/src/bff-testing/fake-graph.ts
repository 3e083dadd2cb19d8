/** The federated graph of a test. */
import type { GraphAnswer, GraphClient, GraphRequest, GraphSubscriber } from '../bff/graph-client.ts';
import { failureOfStatus, PartialAnswer, StatusAnswer } from './fake-answer.ts';
import { messagesOf } from './messages.ts';
import { operationName } from './operation-name.ts';
import type { Wire, WireCall } from './wire.ts';

export function fakeGraph(wire: Wire): GraphClient {
  return async (request) => answerOf(await wire.ask(callOf(request)), callOf(request));
}

export function fakeSubscriber(wire: Wire): GraphSubscriber {
  return async (request) => {
    const call = callOf(request);
    return events(await wire.ask(call), call);
  };
}

async function* events(answer: unknown, call: WireCall): AsyncGenerator<GraphAnswer, void, undefined> {
  for await (const event of messagesOf(answer, call.to, call.cancellation)) yield answerOf(event, call);
}

function callOf({ query, variables, context, label = '' }: GraphRequest): WireCall {
  const name = operationName(query);
  return {
    kind: 'graph',
    upstream: 'graph',
    call: name,
    to: `graph ${name}`,
    parts: label.split(','),
    input: variables,
    document: query,
    cancellation: context.cancellation,
    limitMs: undefined,
  };
}

function answerOf(answer: unknown, call: WireCall): GraphAnswer {
  if (answer instanceof PartialAnswer) return { data: answer.data, errors: [{ message: answer.message }] };
  if (answer instanceof StatusAnswer) {
    const failure = failureOfStatus(call, answer.status);
    if (failure) throw failure;
    return { data: asSent(answer.body) };
  }
  return { data: asSent(answer) };
}

/** What JSON makes of it. */
function asSent(value: unknown): unknown {
  const text = JSON.stringify(value);
  const sent: unknown = text === undefined ? null : JSON.parse(text);
  return sent;
}
