/**
 * Several operations in one request: a JSON array of them, answered by an array in the same order. Each is limited and
 * charged as if it had come alone; they run side by side, a few at a time. Off by default.
 */
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { errorText } from '../../graph/refusal.ts';
import type { GraphqlParameters } from '../../wire/graphql/graphql-over-http.ts';

const CONCURRENCY = 8;

/** Executes one operation to its JSON text. `paid`: one token was drawn for it already. */
export type ExecuteOne = (parameters: GraphqlParameters, paid: boolean) => Promise<string>;

/**
 * The answer to a batch. What refuses one operation is told in its place and ends no other. Rejects with what cancelled
 * the exchange.
 */
export async function executeBatch(
  exchange: Exchange,
  batch: readonly GraphqlParameters[],
  execute: ExecuteOne,
): Promise<string> {
  const answers = new Array<string>(batch.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < batch.length; index = next++) {
      const parameters = batch[index];
      // The request drew a token at the door: that is the first operation's.
      if (parameters) answers[index] = await answerTo(exchange, parameters, index === 0, execute);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, batch.length) }, work));
  return `[${answers.join(',')}]`;
}

async function answerTo(
  exchange: Exchange,
  parameters: GraphqlParameters,
  paid: boolean,
  execute: ExecuteOne,
): Promise<string> {
  try {
    return await execute(parameters, paid);
  } catch (thrown) {
    const { reason } = exchange.cancellation;
    if (reason && !(reason instanceof FrontdeskError && reason.code === 'deadline_exceeded')) throw thrown;
    return errorText(toFrontdeskError(thrown));
  }
}
