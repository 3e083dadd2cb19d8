import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { collect, emptyBody, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Handler } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { type Company, makeCompany } from '../../graph/testing/company.fixture.ts';
import { graphHandler } from './graph.ts';
import { got, graphExchange, posted, type SentToGraph, sendToGraph } from './graph-send.fixture.ts';

let company: Company;
let handler: Handler;

before(async () => {
  company = await makeCompany({ kept: true });
  handler = graphHandler({ graph: company.graph, maxBodyBytes: 1024, forward: ['x-tenant'] });
});

const post = (body: unknown, headers: Record<string, string> = {}) => posted(body, { headers });

const send = (sent: SentToGraph) => sendToGraph(handler, sent);

test('a query by POST and by GET', async () => {
  const expected = { data: { me: { id: '1' } } };
  const byPost = await send(post({ query: '{ me { id } }' }));
  assert.equal(byPost.status, 200);
  assert.equal(byPost.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.deepEqual(byPost.json, expected);
  const accept = 'application/graphql-response+json';
  const byGet = await send(got({ query: '{ me { id } }' }, { headers: { accept } }));
  assert.equal(byGet.status, 200);
  assert.equal(byGet.headers.get('content-type'), 'application/graphql-response+json; charset=utf-8');
  assert.deepEqual(byGet.json, expected);
});

test('what a client cannot send', async () => {
  const cases: [SentToGraph, number, string][] = [
    [{ method: 'PUT' }, 405, 'METHOD_NOT_ALLOWED'],
    [{ method: 'GET', query: 'query=mutation{__typename}', headers: {} }, 405, 'METHOD_NOT_ALLOWED'],
    [
      { method: 'GET', query: 'query={me{id}}', headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [{ method: 'GET', query: 'query={me{id}}', headers: {}, body: new WholeBody('x') }, 400, 'BAD_REQUEST'],
    [post({ query: '{ me { id } }' }, { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      post({ query: '{ me { id } }' }, { 'content-type': 'multipart/form-data' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [post({ query: '{ me { id } }' }, { accept: 'text/html' }), 406, 'NOT_ACCEPTABLE'],
    [post([{ query: '{ me { id } }' }]), 400, 'BAD_REQUEST'],
    [post({ query: `{ ${'me { id } '.repeat(200)} }` }), 413, 'PAYLOAD_TOO_LARGE'],
    [post({ query: `{ ${'a'.repeat(11).split('').join('{ ')}${'}'.repeat(11)}` }), 400, 'INVALID_QUERY'],
  ];
  for (const [sent, status, code] of cases) {
    const reply = await send(sent);
    assert.equal(reply.status, status, JSON.stringify(reply));
    const { errors } = reply.json;
    assert.ok(Array.isArray(errors));
    assert.equal(errors[0].extensions.code, code);
  }
});

test('a document that is not valid: 400, but 200 where the answer is plain JSON', async () => {
  const invalid = { query: '{ nothing }' };
  assert.equal((await send(post(invalid))).status, 200);
  const strict = await send(post(invalid, { accept: 'application/graphql-response+json' }));
  assert.equal(strict.status, 400);
  assert.ok(!('data' in strict.json));
  assert.ok(!JSON.stringify(strict.json).includes('Did you mean'));
});

test('only configured fields of the client reach a subgraph', async () => {
  const headers = { 'x-tenant': 't1', authorization: 'Bearer secret', cookie: 'a=b' };
  await send(post({ query: '{ me { id } }' }, headers));
  const sent = company.calls.at(-1)?.request.headers;
  assert.equal(sent?.get('x-tenant'), 't1');
  assert.equal(sent?.has('authorization'), false);
  assert.equal(sent?.has('cookie'), false);
});

test('what cancelled the exchange is for the steps above', async () => {
  const left = graphExchange(post({ query: '{ me { id } }' }));
  left.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(handler(left), { code: 'client_closed' });
});

test('a refused charge refuses the operation, with the time to wait', async () => {
  const charged = await makeCompany({ config: { charge: 'cost' } });
  const costs: number[] = [];
  const limited = graphHandler({ graph: charged.graph, maxBodyBytes: 1024, forward: [] });
  const reply = await limited(
    graphExchange({
      ...post({ query: '{ topProducts(first: 7) { related { upc } } }' }),
      charge: async (tokens) => {
        costs.push(tokens);
        throw new FrontdeskError('rate_limited', { retryAfterS: 2.5 });
      },
    }),
  );
  assert.deepEqual(costs, [7 + 7 * 10 - 1]);
  assert.equal(reply.status, 429);
  assert.equal(reply.headers.get('retry-after'), '3');
  assert.equal(charged.calls.length, 0);
});

const server = createServer(async (request, response) => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const [, query = ''] = (request.url ?? '').split('?');
  const reply = await handler({
    ...graphExchange({
      method: request.method ?? '',
      query,
      body: bytes.length > 0 ? new WholeBody(bytes) : emptyBody,
    }),
    headers: HeaderFields.fromRaw(request.rawHeaders),
  });
  response.writeHead(reply.status, reply.headers.flat);
  response.end(Buffer.from(await collect(reply.body, 1_000_000, () => new Error('too large'))));
});
const listening = new Promise<string>((resolve) => {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    resolve(`http://127.0.0.1:${address.port}/graphql`);
  });
});
after(() => void server.close());

for (const audit of serverAudits({ url: () => listening, fetchFn: fetch })) {
  test(`GraphQL over HTTP ${audit.id}: ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', JSON.stringify(result));
  });
}
