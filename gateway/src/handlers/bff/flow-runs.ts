/** What both faces share of flows: a request's runs, and the clients of their steps, which stop where a run is lost. */
import type { Flow } from '../../bff/flow/flow.ts';
import type { FlowEngine, FlowResult } from '../../bff/flow/flow-engine.ts';
import { flowError } from '../../bff/flow/flow-failure.ts';
import type { FlowOutcome } from '../../bff/flow/flow-record.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { keyOfRequest, noKey } from './idempotency-key.ts';

type Told = Readonly<Record<string, unknown>>;
export type FlowAnswer = Extract<FlowOutcome, { kind: 'answered' }>;

/** Says that an answer is the first one's. */
export const REPLAYED = 'idempotent-replayed';

export interface FlowReply extends FlowAnswer {
  readonly replayed: boolean;
}

/**
 * Runs a flow for a request. Rejects with what became of it where that is no success; a failure that was told before says so
 * by its field. `key`: the caller's own word, in place of the request's field.
 */
export async function runFlow(
  engine: FlowEngine,
  flow: Flow,
  input: Told,
  context: Exchange,
  key: string | undefined = keyOfRequest(context.headers),
): Promise<FlowReply> {
  if (key === undefined && flow.idempotency === 'required') throw noKey(`flow ${flow.field} wants a key`);
  const { outcome, replayed }: FlowResult = await engine.run({ flow, input, key, context });
  if (outcome.kind === 'answered') return { ...outcome, replayed };
  const { failure } = outcome;
  if (!replayed) throw flowError(failure);
  throw flowError({ ...failure, headers: [...(failure.headers ?? []), [REPLAYED, 'true']] });
}

/** The flows of one GraphQL request. */
export class FlowRuns {
  readonly #engine: FlowEngine | undefined;
  readonly #exchange: Exchange;
  readonly #replies: { readonly name: string; readonly reply: FlowReply }[] = [];

  constructor(engine: FlowEngine | undefined, exchange: Exchange) {
    this.#engine = engine;
    this.#exchange = exchange;
  }

  /** `name`: as the answer calls it. Under an alias it is a run of its own, so that one request may ask for several. */
  async run(flow: Flow, input: Told, name: string, argument: string | undefined): Promise<unknown> {
    if (!this.#engine) throw new TypeError(`flow ${flow.field} has nothing to run on`);
    const given = argument ?? keyOfRequest(this.#exchange.headers);
    // No key has a line feed, so that this is nobody's own.
    const key = given === undefined || name === flow.field ? given : `${given}\n${name}`;
    if (key === undefined && flow.idempotency === 'required') throw noKey(`flow ${flow.field} wants a key`);
    const reply = await runFlow(this.#engine, flow, input, this.#exchange, key);
    this.#replies.push({ name, reply });
    return reply.value;
  }

  /** Optional steps that are missing, as `flow.step`. */
  get incomplete(): readonly string[] {
    return this.#replies.flatMap(({ name, reply }) => reply.incomplete.map((step) => `${name}.${step}`));
  }

  /** Whether all that was answered had been answered before. */
  get replayed(): boolean {
    return this.#replies.length > 0 && this.#replies.every(({ reply }) => reply.replayed);
  }
}

/** Calls nobody for a run that is lost, however late that is seen. */
export function heldCalls(callUpstream: CallUpstream): CallUpstream {
  return async (request) => {
    request.context.cancellation.throwIfCancelled();
    return callUpstream(request);
  };
}

/** Likewise for the graph. */
export function heldGraph(graph: GraphClient): GraphClient {
  return async (request) => {
    request.context.cancellation.throwIfCancelled();
    return graph(request);
  };
}
