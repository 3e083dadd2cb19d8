/** What a client does with broken connections and strange answers; its everyday use is tested through a whole gateway. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createGraphqlClient, flow, live, ProblemError, screen } from './client-runtime.mts';

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Answers in turn; the last one stays. */
function answering(...answers: (() => Response)[]) {
  const asked: { readonly url: string; readonly headers: Record<string, string>; readonly body: unknown }[] =
    [];
  const fetch: Fetch = async (url, { headers = {}, body }) => {
    asked.push({ url, headers: Object.fromEntries(new Headers(headers)), body });
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer ? answer() : assert.fail('no answer');
  };
  return { asked, client: { url: 'http://bff/m/', fetch } };
}

const json = (value: unknown, init?: ResponseInit) => () => Response.json(value, init);
const events = (text: string) => () =>
  new Response(text, { headers: { 'content-type': 'text/event-stream' } });

describe('the runtime of a client', () => {
  it('comes back to a broken stream with the id that it had last, and stops where it is done', async () => {
    const { asked, client } = answering(
      events('retry: 0\n\nevent: screen\nid: a\ndata: {"x":1,"y":0}\n\n:\n\nevent: x\nid: b\ndata: 2\n\n'),
      events(
        'event: x\nid: c\ndata: 3\n\nevent: incomplete\ndata: {"parts":["y"]}\n\nevent: end\ndata: {"reason":"lifetime"}\n\n',
      ),
      () => new Response(null, { status: 204 }),
    );
    const states: unknown[] = [];
    for await (const state of live<object, { x: number; y: number }>(client, { path: '/x' })())
      states.push(state);
    assert.deepEqual(states, [
      { data: { x: 1, y: 0 }, incomplete: [], changed: undefined },
      { data: { x: 2, y: 0 }, incomplete: [], changed: 'x' },
      { data: { x: 3, y: 0 }, incomplete: [], changed: 'x' },
      { data: { x: 3, y: 0 }, incomplete: ['y'], changed: undefined },
    ]);
    assert.deepEqual(
      asked.map(({ headers }) => headers['last-event-id']),
      [undefined, 'b', 'c'],
    );
  });

  it('gives a stream up that is refused, at once, and one that never comes, after a while', async () => {
    const refused = answering(
      json({ type: 'urn:frontdesk:problem:forbidden', status: 403 }, { status: 403 }),
    );
    await assert.rejects(live(refused.client, { path: '/x' })().next(), { code: 'forbidden', status: 403 });
    assert.equal(refused.asked.length, 1);
    const gone = answering(events('retry: 0\n\n'));
    const stop = AbortSignal.abort(new Error('enough'));
    await assert.rejects(live(gone.client, { path: '/x' })({}, { signal: stop }).next(), /enough/);
  });

  it('sends a key with a flow, and names it where nobody knows what became of it', async () => {
    const { asked, client } = answering(
      () => new Response('<html>', { status: 502, headers: { 'retry-after': '3' } }),
    );
    const error = await flow<{ id: string; n: number }, null>(client, { path: '/o/{id}' })({
      id: 'a/b',
      n: 1,
    }).then(
      () => assert.fail(),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ProblemError);
    const { status, code, retryAfterS, idempotencyKey } = error;
    assert.deepEqual({ status, code, retryAfterS }, { status: 502, code: 'unknown', retryAfterS: 3 });
    assert.equal(asked[0]?.url, 'http://bff/m/o/a%2Fb');
    assert.equal(asked[0]?.headers['idempotency-key'], `"${idempotencyKey}"`);
    assert.equal(asked[0]?.body, '{"n":1}');
  });

  it('writes queries as they are read, and no path that leads elsewhere', async () => {
    const { asked, client } = answering(json({}));
    const one = screen<{ id: string; list?: string[]; place?: object; none?: string }, object>(client, {
      path: '/s/{id}',
      json: ['place'],
    });
    await one({ id: 'a', list: ['x&', 'y'], place: { z: [1] } });
    assert.equal(asked[0]?.url, 'http://bff/m/s/a?list=x%26&list=y&place=%7B%22z%22%3A%5B1%5D%7D');
    await assert.rejects(one({ id: '..' }), /id can't stand in \/s\/\{id\}: "\.\."/);
  });

  it('sends the text of a document after its id where that is not known', async () => {
    const unknown = { errors: [{ message: 'x', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] };
    const { asked, client } = answering(json(unknown, { status: 404 }), json({ data: { a: 1 } }));
    const answer = await createGraphqlClient(client)({ id: 'h', source: 'mutation A { a }' });
    assert.deepEqual(answer, { data: { a: 1 }, errors: [] });
    assert.deepEqual(
      asked.map(({ body }) => JSON.parse(String(body)).query),
      [undefined, 'mutation A { a }'],
    );
    assert.equal(asked[0]?.headers['idempotency-key'], asked[1]?.headers['idempotency-key']);
  });
});
