/**
 * Operations of the graph, each under a span of its own where its request is traced: what it fetches hangs below it, and beside
 * that how long it took to be admitted and planned. Its name and kind are told (OpenTelemetry's conventions for GraphQL), never
 * its document or variables.
 */
import type { OperationDefinitionNode } from 'graphql';
import { toFrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { contextUnder } from '../core/traced-context.ts';
import type { Graph } from './graph.ts';
import type { GraphRequest, OperationWatch } from './request.ts';

/** Of a name that a client made up. */
const MAX_NAME_CHARS = 128;

/** The same graph, whose operations have spans. What is not traced costs a look at its timeline. */
export function withOperationSpans(graph: Graph): Graph {
  return {
    subgraphs: graph.subgraphs,
    schema: graph.schema,
    execute: (request) =>
      watched(
        request,
        (own) => graph.execute(own),
        ({ errors, refusal }) => Math.max(errors, refusal?.errors.length ?? 0),
      ),
    open: (request, trusted) =>
      watched(
        request,
        (own) => graph.open(own, trusted),
        (answer) => ('payloads' in answer ? 0 : Math.max(answer.errors, answer.refusal?.errors.length ?? 0)),
      ),
    executeObject: (request) =>
      watched(
        request,
        (own) => graph.executeObject(own),
        ({ errors }) => errors?.length ?? 0,
      ),
    plan: (...asked) => graph.plan(...asked),
    hot: () => graph.hot(),
    warm: (hot) => graph.warm(hot),
    stopPlanning: () => graph.stopPlanning(),
    close: () => graph.close(),
  };
}

async function watched<Answer>(
  request: GraphRequest,
  execute: (request: GraphRequest) => Promise<Answer>,
  errorsOf: (answer: Answer) => number,
): Promise<Answer> {
  if (!request.context.timeline.recorder) return execute(request);
  const span = new OperationSpan(request.context);
  try {
    const answer = await execute({ ...request, context: span.context, watch: span });
    span.end(errorsOf(answer), undefined);
    return answer;
  } catch (error) {
    span.end(0, toFrontdeskError(error).code);
    throw error;
  }
}

class OperationSpan implements OperationWatch {
  /** The request's, under the operation's span. */
  readonly context: CallContext;
  readonly #parentId: string;
  readonly #startMs: number;
  #admittedMs: number | undefined;
  #plannedMs: number | undefined;
  #operation: OperationDefinitionNode | undefined;

  constructor(context: CallContext) {
    this.context = contextUnder(context);
    this.#parentId = context.trace.spanId;
    this.#startMs = context.timeline.elapsedMs();
  }

  admitted(operation: OperationDefinitionNode): void {
    this.#operation = operation;
    this.#admittedMs = this.context.timeline.elapsedMs();
  }

  planned(): void {
    this.#plannedMs ??= this.context.timeline.elapsedMs();
  }

  /** It is answered, or goes on as a stream. `errors`: that its answer tells of. */
  end(errors: number, error: string | undefined): void {
    const { timeline, trace } = this.context;
    const { recorder } = timeline;
    if (!recorder) return;
    recorder.answerErrors(errors);
    const kind = this.#operation?.operation;
    const name = this.#operation?.name?.value;
    recorder.work({
      name: kind === undefined ? 'graphql' : `graphql ${kind}`,
      spanId: trace.spanId,
      parentId: this.#parentId,
      startMs: this.#startMs,
      endMs: timeline.elapsedMs(),
      error,
      attributes: {
        ...(kind === undefined ? {} : { 'graphql.operation.type': kind }),
        ...(name === undefined ? {} : { 'graphql.operation.name': name.slice(0, MAX_NAME_CHARS) }),
        ...(errors > 0 ? { 'frontdesk.answer_errors': errors } : {}),
      },
    });
    this.#step('graphql.admit', this.#startMs, this.#admittedMs);
    this.#step('graphql.plan', this.#admittedMs, this.#plannedMs);
  }

  #step(name: string, startMs: number | undefined, endMs: number | undefined): void {
    const { recorder } = this.context.timeline;
    if (!recorder || startMs === undefined || endMs === undefined) return;
    const parentId = this.context.trace.spanId;
    recorder.work({ name, spanId: recorder.spanId(), parentId, startMs, endMs });
  }
}
