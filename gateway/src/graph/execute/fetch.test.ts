import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, type Sink, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import { testContext } from '../testing/company.fixture.ts';
import { subgraphSender } from './fetch.ts';

function sender(kind: 'query' | 'mutation', answer: (request: UpstreamRequest) => Body | Error) {
  const requests: UpstreamRequest[] = [];
  const send = subgraphSender('accounts', kind, {
    callUpstream: async (request): Promise<UpstreamReply> => {
      requests.push(request);
      const body = answer(request);
      if (body instanceof Error) throw body;
      return {
        status: 200,
        headers: HeaderFields.of({ 'content-type': 'application/json' }),
        body,
        settled: Promise.resolve({ kind: 'complete', bytes: 0 }),
      };
    },
    upstreamOf: (name) => ({ upstream: `up-${name}`, path: '/graphql?x=1' }),
    logger: noLogger,
    maxReplyBytes: 100,
    errors: { subgraphMessages: false, max: 50 },
  });
  return { send, requests };
}

test('a request as the upstream chain gets it: labelled, replayable where it only reads', async () => {
  const { send, requests } = sender('query', () => new WholeBody('{"data":{"a":1}}'));
  const context = testContext();
  const reply = await send({ context, forwarded: ['x-a', '1'], body: '{}' });
  assert.deepEqual(reply, {
    data: { a: 1 },
    entries: [],
    failed: false,
    plain: true,
    text: '{"data":{"a":1}}',
  });
  const [request] = requests;
  assert.deepEqual(
    [
      request?.upstream,
      request?.path,
      request?.method,
      request?.label,
      request?.idempotent,
      request?.body.replayable,
    ],
    ['up-accounts', '/graphql?x=1', 'POST', 'graph:accounts', true, true],
  );
  assert.equal(request?.context, context);
  assert.equal(request?.headers.get('x-a'), '1');
  assert.equal(request?.headers.get('content-type'), 'application/json');
  const writing = sender('mutation', () => new WholeBody('{"data":{}}'));
  await writing.send({ context, forwarded: [], body: '{}' });
  assert.equal(writing.requests[0]?.idempotent, false);
});

test('whatever goes wrong comes back as a value, by its code', async () => {
  const codes: [Body | Error, string][] = [
    [new FrontdeskError('upstream_timeout'), 'UPSTREAM_TIMEOUT'],
    [new Error('who knows'), 'INTERNAL'],
    [new WholeBody('x'.repeat(101)), 'UPSTREAM_TOO_LARGE'],
    [new WholeBody('<html>'), 'UPSTREAM_INVALID'],
  ];
  for (const [answer, code] of codes) {
    const reply = await sender('query', () => answer).send({
      context: testContext(),
      forwarded: [],
      body: '{}',
    });
    assert.deepEqual(
      reply.entries.map((entry) => entry.code),
      [code],
    );
    assert.equal(reply.data, null);
  }
});

/** A body that flows when it is told to. */
function flowing(): { body: Body; sink: () => Sink | undefined; cancelled: Error[] } {
  let sink: Sink | undefined;
  const cancelled: Error[] = [];
  const body: Body = {
    length: undefined,
    replayable: false,
    start(into) {
      sink = into;
      return { resume() {}, cancel: (reason) => void cancelled.push(reason) };
    },
    discard() {},
  };
  return { body, sink: () => sink, cancelled };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a body in pieces is put together, characters that straddle them too', async () => {
  const { body, sink } = flowing();
  const context = testContext();
  const reply = sender('query', () => body).send({ context, forwarded: [], body: '{}' });
  await turn();
  const bytes = Buffer.from('{"data":{"a":"é😀"}}');
  for (const byte of bytes) sink()?.write(Uint8Array.of(byte));
  sink()?.end();
  assert.deepEqual((await reply).data, { a: 'é😀' });
});

test('when the exchange is cancelled, the reply is let go of', async () => {
  const { body, cancelled } = flowing();
  const context = testContext();
  const reply = sender('query', () => body).send({ context, forwarded: [], body: '{}' });
  await turn();
  const reason = new FrontdeskError('deadline_exceeded');
  context.cancellation.cancel(reason);
  assert.deepEqual(
    (await reply).entries.map((entry) => entry.code),
    ['DEADLINE_EXCEEDED'],
  );
  assert.deepEqual(cancelled, [reason]);
});
