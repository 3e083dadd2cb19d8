/** Executes one operation that came over a WebSocket. Its answer is the reply's body, for the socket to send. */
import type { Handler } from '../../core/exchange.ts';
import type { Graph } from '../../graph/graph.ts';
import { operationReply } from '../operation-body.ts';
import { OperationExchange } from '../operation-exchange.ts';
import { forwardedFields } from '../reshaping/forwarded-fields.ts';

export interface GraphOperationOptions {
  readonly graph: Pick<Graph, 'open'>;
  /** Lower-case names of client fields that subgraphs receive. */
  readonly forward: readonly string[];
}

const ANY_STREAM = { subscription: true, incremental: true } as const;

export function graphOperationHandler({ graph, forward }: GraphOperationOptions): Handler {
  return async (exchange) => {
    if (!(exchange instanceof OperationExchange)) throw new TypeError('not an operation of a WebSocket');
    const answer = await graph.open({
      ...exchange.parameters,
      context: exchange,
      forwarded: forwardedFields(exchange.headers, forward),
      charge: exchange.charge,
      chargeOperation: exchange.chargeOperation,
      paid: true,
      accepts: ANY_STREAM,
    });
    return operationReply(answer);
  };
}
