/** Sends what GraphiQL wants to know: POST, answered whole or, for `@defer` and subscriptions, as Server-Sent Events. */
import { takeTold } from './account.js';
import { readResults } from './event-stream.js';

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9, text/event-stream';

/** GraphiQL's own question for the schema. It is no answer to the user. */
const INTROSPECTION = 'IntrospectionQuery';

/**
 * @param {string} url
 * @param {import('./account.js').Accounts} accounts
 */
export function makeFetcher(url, accounts) {
  /**
   * @param {{ operationName?: string | null }} parameters
   * @param {{ headers?: Record<string, string> }} [options]
   * @returns {Promise<unknown>}
   */
  return async (parameters, options) => {
    const isAsked = parameters.operationName !== INTROSPECTION;
    const account = isAsked ? accounts.begin() : undefined;
    const startedAt = performance.now();
    /** @param {unknown} result */
    const receive = (result) => {
      const taken = takeTold(result);
      account?.arrived(performance.now() - startedAt);
      account?.add(taken.told);
      return taken.result;
    };
    const ending = new AbortController();
    try {
      const reply = await fetch(url, {
        method: 'POST',
        headers: {
          ...options?.headers,
          accept: ACCEPT,
          'content-type': 'application/json',
          ...(isAsked && { 'frontdesk-debug': 'cost, plan, timeline' }),
        },
        body: JSON.stringify(parameters),
        signal: ending.signal,
      });
      if (!account) accounts.schemaAnswered(reply.status);
      account?.add({ status: reply.status });
      if (reply.body && reply.headers.get('content-type')?.startsWith('text/event-stream')) {
        account?.add({ isStream: true });
        const over = () => account?.add({ isOver: true });
        return received(
          readResults(reply.body, () => ending.abort()),
          receive,
          over,
        );
      }
      const result = receive(await readWhole(reply));
      account?.add({ isOver: true });
      return result;
    } catch (error) {
      account?.add({ isOver: true });
      throw error;
    }
  };
}

/** @param {Response} reply */
async function readWhole(reply) {
  const text = await reply.text();
  try {
    return JSON.parse(text);
  } catch {
    return {
      errors: [{ message: `The gateway answered ${reply.status} without JSON: ${text.slice(0, 500)}` }],
    };
  }
}

/**
 * @param {AsyncIterableIterator<unknown>} results
 * @param {(result: unknown) => unknown} receive
 * @param {() => void} over
 * @returns {AsyncIterableIterator<unknown>}
 */
function received(results, receive, over) {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const { done, value } = await results.next();
        if (done) over();
        return done ? { done, value } : { done: false, value: receive(value) };
      } catch (error) {
        over();
        throw error;
      }
    },
    async return() {
      over();
      await results.return?.();
      return { done: true, value: undefined };
    },
  };
}
