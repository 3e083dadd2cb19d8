/** Streams of the GraphQL face: who may ask for one, what is refused, and that nothing is left open. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { settled } from '../../bff/live/live.fixture.ts';
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { OperationBody } from '../operation-body.ts';
import { OperationExchange } from '../operation-exchange.ts';
import { closing } from './graphql-streams.ts';
import { mountedLive } from './live.fixture.ts';

const SUBSCRIPTION = 'subscription { tripLive { place } }';

async function posted(
  stage: Awaited<ReturnType<typeof mountedLive>>,
  query: string,
  accept: string,
  more: object = {},
) {
  const headers = { accept, 'content-type': 'application/json' };
  const body = new WholeBody(JSON.stringify({ query }));
  const reply = await stage.ask('/graphql', headers, { method: 'POST', body, ...more }).reply;
  const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
  return {
    status: reply.status,
    type: reply.headers.get('content-type'),
    text: Buffer.from(bytes).toString(),
  };
}

it('a subscription over plain JSON says what to accept, and opens nothing', async () => {
  const stage = await mountedLive();
  const { text } = await posted(stage, SUBSCRIPTION, 'application/json');
  assert.match(text, /text\/event-stream/);
  assert.equal(stage.sources.place.opened, 0);
  await stage.dispose();
});

it('what is refused is told as errors, also as an event to who takes nothing else', async () => {
  const stage = await mountedLive();
  const invalid = await posted(stage, 'subscription { nothing }', 'text/event-stream, application/json');
  assert.deepEqual([invalid.status, /Cannot query field/.test(invalid.text)], [400, true]);
  const nobody = await posted(stage, SUBSCRIPTION, 'text/event-stream', { identity: undefined });
  assert.equal(nobody.type, 'text/event-stream');
  assert.match(nobody.text, /^event: next\ndata: \{"errors":\[.*UNAUTHENTICATED.*\n\nevent: complete/);
  assert.equal(stage.sources.place.opened, 0);
  await stage.dispose();
});

it('a whole answer is JSON for who takes it, and deferring nothing is no stream', async () => {
  const stage = await mountedLive();
  const { type, text } = await posted(
    stage,
    '{ trip { place } }',
    'multipart/mixed; deferSpec=20220824, application/json',
  );
  assert.match(type ?? '', /^application\/json/);
  assert.equal(text.trim(), '{"data":{"trip":{"place":0}}}');
  await stage.dispose();
});

it('an operation of a socket: its stream, its whole answer, its refusal', async () => {
  const { operation, clock, sources, dispose } = await mountedLive();
  const identity = makeIdentity({ scopes: new Set(['trip:read']) });
  const answered = async (query: string) => {
    const parameters = {
      query,
      documentId: undefined,
      operationName: undefined,
      variables: undefined,
      extensions: undefined,
    };
    const socket = exchangeOn(clock, {});
    const exchange = new OperationExchange(socket, { parameters, headers: socket.headers, bytes: 1 }, clock);
    exchange.identity = identity;
    const body = (await operation?.(exchange))?.body;
    assert.ok(body instanceof OperationBody);
    return { answer: body.answer, cancellation: exchange.cancellation };
  };
  const { answer: whole } = await answered('{ trip { place } }');
  assert.ok('body' in whole && whole.refusal === undefined && whole.body.includes('"place":0'));
  const { answer: bad } = await answered('{ nothing }');
  assert.ok('body' in bad && bad.refusal?.errors.length === 1);
  const { answer: stream, cancellation } = await answered(SUBSCRIPTION);
  assert.ok('payloads' in stream && stream.kind === 'subscription');
  assert.equal((await stream.payloads.next()).value, '{"data":{"tripLive":{"place":0}}}');
  cancellation.cancel(new FrontdeskError('client_closed'));
  await stream.payloads.return?.();
  await settled();
  assert.equal(sources.place.left, 1);
  await dispose();
});

it('a stream that nobody read is closed all the same', async () => {
  let closed = 0;
  async function* payloads() {
    yield 'a';
  }
  const unread = closing({ kind: 'subscription', payloads: payloads() }, () => void closed++);
  await unread.payloads.return?.();
  assert.equal(closed, 1);
  const read = closing({ kind: 'subscription', payloads: payloads() }, () => void closed++);
  for await (const _ of read.payloads);
  assert.equal(closed, 2);
});
