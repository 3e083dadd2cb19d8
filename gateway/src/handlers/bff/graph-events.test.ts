/** Subscriptions on the graph: the data of each event, and how one ends. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { Refusal } from '../../graph/refusal.ts';
import type { GraphRequest, GraphStream, GraphText } from '../../graph/request.ts';
import { graphSubscriber, subscribeGraph } from './graph-events.ts';

const isError = (code: string) => (error: unknown) => error instanceof FrontdeskError && error.code === code;

function opened(answer: GraphText | GraphStream) {
  const asked: (readonly [GraphRequest, boolean | undefined])[] = [];
  const subscriber = graphSubscriber({
    open: async (request, trusted) => {
      asked.push([request, trusted]);
      return answer;
    },
  });
  let partial = 0;
  const scope = { name: 'status', context: contextOn(new ManualClock()), notePartial: () => void partial++ };
  return {
    events: subscribeGraph(subscriber, scope, 'subscription { s }', { id: 1 }),
    asked,
    partial: () => partial,
  };
}

async function* texts(...payloads: string[]) {
  yield* payloads;
}

it('gives the data of each event, as code of this process', async () => {
  const payloads = texts('{"data":{"s":1}}', '{"data":{"s":2},"errors":[{"message":"half"}]}');
  const { events, asked, partial } = opened({ kind: 'subscription', payloads });
  const found: unknown[] = [];
  for await (const event of events) found.push(event);
  assert.deepEqual(found, [{ s: 1 }, { s: 2 }]);
  assert.equal(partial(), 1);
  const [request, trusted] = asked[0] ?? assert.fail();
  assert.deepEqual([trusted, request.variables, request.accepts?.subscription], [true, { id: 1 }, true]);
});

it('ends with the error of an event without data, and with a refusal', async () => {
  const failed = '{"data":null,"errors":[{"message":"gone","extensions":{"code":"UPSTREAM_RESET"}}]}';
  const broken = opened({ kind: 'subscription', payloads: texts(failed) });
  await assert.rejects(broken.events.next(), isError('upstream_reset'));
  const refusal = Refusal.of(new FrontdeskError('forbidden'));
  const body = JSON.stringify({ errors: refusal.errors });
  await assert.rejects(opened({ body, errors: 1, refusal }).events.next(), isError('forbidden'));
});
