import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptsOf } from './graphql-accept.ts';

const json = 'application/json';
const response = 'application/graphql-response+json';

test('what clients say, and what they get', () => {
  const cases: [
    accept: string | undefined,
    text: string | undefined,
    incremental?: string | undefined,
    events?: string | undefined,
  ][] = [
    [undefined, json],
    ['*/*', json],
    [`${response}, ${json};q=0.9`, response],
    // graphql-sse
    ['text/event-stream', undefined, 'sse', 'sse'],
    [`${json}, text/event-stream`, json, 'sse', 'sse'],
    // Apollo Client: @defer, then subscriptions
    [`multipart/mixed;deferSpec=20220824,${response},${json};q=0.9`, response, 'multipart', undefined],
    [`multipart/mixed;boundary="graphql";subscriptionSpec=1.0,${json}`, json, undefined, 'multipart'],
    // Weights decide between two streams.
    [
      'text/event-stream;q=0.5, multipart/mixed;deferSpec=20220824, multipart/mixed;subscriptionSpec="1.0";q=0.1',
      undefined,
      'multipart',
      'sse',
    ],
    // Another version is another protocol, and none is none.
    [`multipart/mixed;deferSpec=20260101, ${json}`, json],
    [`multipart/mixed, ${json}`, json],
    [`text/event-stream;q=0, ${json}`, json],
    ['text/event-stream;q=nonsense', undefined],
  ];
  for (const [accept, text, incremental, subscription] of cases) {
    const accepts = acceptsOf(accept);
    const expected = text || incremental || subscription ? { text, incremental, subscription } : undefined;
    assert.deepEqual(
      accepts && { ...accepts, streams: undefined },
      expected && { ...expected, streams: undefined },
      accept,
    );
    const streams = { subscription: subscription !== undefined, incremental: incremental !== undefined };
    assert.deepEqual(accepts?.streams, incremental || subscription ? streams : undefined, accept);
  }
});

test('nothing acceptable', () => {
  for (const accept of ['text/html', 'multipart/mixed', 'text/event-stream;q=0']) {
    assert.equal(acceptsOf(accept), undefined);
  }
});
