/** Subscriptions of a BFF on the federated graph, in the process: those of many clients share what they ask subgraphs. */
import type { GraphAnswer, GraphRequest, GraphSubscriber } from '../../bff/graph-client.ts';
import type { PartScope } from '../../bff/screen/part-run.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { graphError } from './graph-call.ts';

const EVENTS = { subscription: true, incremental: false } as const;

/** What subscribes on a graph, for the clients of a BFF. */
export function graphSubscriber(graph: Pick<Graph, 'open'>): GraphSubscriber {
  return async ({ query, variables, operationName, context }: GraphRequest) => {
    const answer = await graph.open({ query, variables, operationName, context, accepts: EVENTS }, true);
    if ('payloads' in answer) return answersOf(answer.payloads);
    throw graphError(answerOf(answer.body).errors);
  };
}

/** Each event's data. An event without data ends it with its first error. */
export async function* subscribeGraph(
  subscriber: GraphSubscriber | undefined,
  scope: Pick<PartScope, 'name' | 'context' | 'notePartial'>,
  query: string,
  variables: object,
): AsyncGenerator<unknown, void, undefined> {
  if (!subscriber) throw new FrontdeskError('internal', { detail: `part ${scope.name}: there is no graph` });
  const { name: label, context } = scope;
  const answers = await subscriber({ query, variables: { ...variables }, context, label });
  for await (const { data, errors } of answers) {
    if (data === null || data === undefined) throw graphError(errors);
    if (errors && errors.length > 0) scope.notePartial();
    yield data;
  }
}

async function* answersOf(
  payloads: AsyncIterableIterator<string>,
): AsyncGenerator<GraphAnswer, void, undefined> {
  for await (const payload of payloads) yield answerOf(payload);
}

/** A response of our own graph. */
function answerOf(json: string): GraphAnswer {
  const answer: GraphAnswer = JSON.parse(json);
  return answer;
}
