/** Traces of what the gateway puts together: a dashboard's parts and a federated query's fetches, as a collector gets them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { composeSupergraph } from '../graph/supergraph/compose.ts';
import { type CollectedSpan, outline, startCollector } from '../telemetry/traces/testing/collector.ts';
import { gateway, httpBackend } from './proxied.fixture.ts';

async function collecting(t: TestContext) {
  const collector = await startCollector();
  t.after(() => collector.close());
  const traces = { endpoint: collector.url, sampling: { ratio: 1 }, queue: { batch: 1, interval: '10ms' } };
  return { collector, telemetry: { accessLog: { enabled: false }, level: 'silent', traces } };
}

/** A backend that answers with `answer`, and what it was told of its caller. */
async function telling(t: TestContext, answer: unknown, status = 200) {
  const parents: string[] = [];
  const { url } = await httpBackend(t, async (request, response) => {
    parents.push(String(request.headers.traceparent).slice(36, 52));
    await ended(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  return { url, parents };
}

async function ended(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}

const isServer = ({ kind }: CollectedSpan): boolean => kind === 2;
const sorted = (lines: readonly string[]): string[] => lines.toSorted();

test('a dashboard: parts beside each other, each with its calls, its waits and what failed', async (t) => {
  const { collector, telemetry } = await collecting(t);
  const users = await telling(t, { name: 'Ada' });
  const offers = await telling(t, { count: 2 });
  const news = await telling(t, {}, 500);
  const { host } = await gateway(t, {
    telemetry,
    upstreams: {
      users: { url: users.url },
      offers: { url: offers.url },
      news: { url: news.url, retry: { max: 0 } },
    },
    bffs: [{ package: join(import.meta.dirname, 'traced-bff.fixture.ts'), mount: '/bff', auth: 'none' }],
  });
  const reply = await fetch(`http://${host}/bff/dashboard`);
  assert.deepEqual([reply.status, reply.headers.get('frontdesk-incomplete')], [200, 'news']);
  await reply.text();
  const spans = await collector.until(7);
  const server = spans.find(isServer);
  assert.ok(server);
  assert.equal(server.attributes['http.route'], '/bff/dashboard');
  const lines = outline(spans, server);
  assert.equal(lines[0], 'GET /bff/dashboard');
  assert.deepEqual(
    sorted(lines.slice(1)),
    sorted([
      '  part user',
      '    GET users',
      '  part offers',
      '    GET offers',
      '  part news',
      '    GET news',
    ]),
  );
  const named = (name: string) => spans.find((span) => span.name === name);
  // Each call below its own part, and each backend knows the attempt.
  for (const [part, call, { parents }] of [
    ['part user', 'GET users', users],
    ['part offers', 'GET offers', offers],
    ['part news', 'GET news', news],
  ] as const) {
    assert.equal(named(call)?.parentSpanId, named(part)?.spanId);
    assert.deepEqual(parents, [named(call)?.spanId]);
  }
  const [waited] = named('part offers')?.events ?? [];
  assert.deepEqual([waited?.name, waited?.attributes['frontdesk.part']], ['frontdesk.waited', 'user']);
  assert.deepEqual(
    [named('part news')?.attributes['frontdesk.outcome'], named('part news')?.status.code],
    ['failed', 2],
  );
});

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';

test('a federated query: fetches below the operation, which is named and neither told nor its variables', async (t) => {
  const { collector, telemetry } = await collecting(t);
  const people = await telling(t, { data: { me: { __typename: 'User', id: '1', name: 'Ada' } } });
  const stock = await telling(t, { data: { _entities: [{ __typename: 'User', count: 3 }] } });
  const composed = await composeSupergraph([
    {
      name: 'people',
      url: people.url,
      sdl: `${LINK} type Query { me(secret: String): User } type User @key(fields: "id") { id: ID! name: String }`,
    },
    { name: 'stock', url: stock.url, sdl: `${LINK} type User @key(fields: "id") { id: ID! count: Int }` },
  ]);
  assert.ok(!('errors' in composed));
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const supergraph = join(folder, 'supergraph.graphql');
  writeFileSync(supergraph, composed.supergraphSdl);
  const { host } = await gateway(t, { telemetry, graph: { supergraph, planBudget: '10s', auth: 'none' } });
  const query = 'query Canary($secret: String) { me(secret: $secret) { name count } }';
  const ask = (body: object) =>
    fetch(`http://${host}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((reply) => reply.json());
  const answer: unknown = await ask({ query, variables: { secret: 'canary-of-a-variable' } });
  assert.deepEqual(answer, { data: { me: { name: 'Ada', count: 3 } } });
  const spans = await collector.until(6);
  const server = spans.find(isServer);
  assert.ok(server);
  assert.deepEqual(
    sorted(outline(spans, server)),
    sorted([
      'POST /graphql',
      '  graphql query',
      '    graphql.admit',
      '    graphql.plan',
      '    POST subgraph:people',
      '    POST subgraph:stock',
    ]),
  );
  const operation = spans.find(({ name }) => name === 'graphql query');
  assert.deepEqual(operation?.attributes, {
    'graphql.operation.type': 'query',
    'graphql.operation.name': 'Canary',
  });
  assert.deepEqual(people.parents, [spans.find(({ name }) => name === 'POST subgraph:people')?.spanId]);
  for (const body of collector.bodies) {
    assert.equal(body.includes('canary-of-a-variable'), false);
    assert.equal(body.includes('me(secret'), false);
  }

  // What is refused before it runs has errors, and so is kept wherever errors are.
  await ask({ query: 'query Broken { nothing }' });
  const [refused] = await collector.until(
    1,
    ({ attributes }) => attributes['frontdesk.answer_errors'] !== undefined,
  );
  assert.equal(refused?.attributes['frontdesk.answer_errors'], 1);
});
