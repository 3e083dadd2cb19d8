import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, before, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { openResidents } from '../residents/residents.ts';
import { openIntrospection } from './subgraph-introspection.ts';

let url = '';
let answer = { status: 200, text: '' };
const seen: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  seen.push({ url: request.url, headers: request.headers, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
});
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function opened(
  supergraph: object,
  upstreams: object,
  use: (of: ReturnType<typeof openIntrospection>) => Promise<void>,
) {
  const config = configSchema.parse({
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    upstreams,
    graph: { supergraph },
  });
  const residents = await openResidents(config);
  const source = config.graph?.supergraph;
  assert.ok(typeof source === 'object' && 'subgraphs' in source);
  const introspection = openIntrospection(source, config, residents);
  try {
    await use(introspection);
  } finally {
    await introspection.close();
    assert.equal(residents.endpoints.size, 0);
    await residents.close();
  }
}

const told = JSON.stringify({ data: { _service: { sdl: 'type Query { a: Int }' } } });

test('a subgraph is asked at its address, with its credentials and fields, whatever its callers must have', async () => {
  answer = { status: 200, text: told };
  const upstreams = {
    u: {
      subgraph: 'a',
      url: `${url}/a/graphql`,
      scopes: ['graph:read'],
      limit: { capacity: 1, refill: '1/h' },
    },
  };
  const supergraph = { subgraphs: [{ name: 'a', headers: { 'X-Own': '1' } }], headers: { 'x-all': '2' } };
  await opened(supergraph, upstreams, async ({ subgraphs, ask }) => {
    assert.deepEqual(subgraphs, [{ name: 'a', url: `${url}/a/graphql` }]);
    assert.equal(await ask('a', '{ _service { sdl } }'), 'type Query { a: Int }');
    assert.equal(await ask('a', '{ _service { sdl } }'), 'type Query { a: Int }');
  });
  const last = seen.at(-1);
  assert.equal(last?.url, '/a/graphql');
  assert.deepEqual([last?.headers['x-own'], last?.headers['x-all']], ['1', '2']);
  assert.equal(last?.body, '{"query":"{ _service { sdl } }"}');
});

test('an address of its own may hold a query', async () => {
  answer = { status: 200, text: told };
  await opened({ subgraphs: [{ name: 'a', url: `${url}/g?v=1` }] }, {}, async ({ ask }) => {
    await ask('a', 'q');
    assert.equal(seen.at(-1)?.url, '/g?v=1');
  });
});

test('an answer without a schema is told in plain words', async () => {
  await opened({ subgraphs: [{ name: 'a', url }] }, {}, async ({ ask }) => {
    answer = { status: 200, text: '<html>' };
    await assert.rejects(ask('a', 'q'), /^Error: it answered 200 and no JSON$/);
    answer = { status: 400, text: '{"errors":[{"message":"no field _service"}]}' };
    await assert.rejects(
      ask('a', 'q'),
      /^Error: it answered 400 without _service \{ sdl \}: no field _service$/,
    );
  });
  await opened({ subgraphs: [{ name: 'a', url: 'http://127.0.0.1:1' }] }, {}, async ({ ask }) => {
    await assert.rejects(ask('a', 'q'), (error) => error instanceof Error && error.constructor === Error);
  });
});

test('subgraphs that nobody names are a fault', async () => {
  await assert.rejects(
    opened({ subgraphs: 'upstreams' }, { u: { url } }, async () => {}),
    { detail: /no upstream says which subgraph/ },
  );
});

test('a subgraph behind a split is asked by the stable side alone', async () => {
  answer = { status: 200, text: told };
  const upstreams = {
    u: {
      subgraph: 'a',
      scopes: ['graph:read'],
      split: { sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight: 100 } } },
    },
    v1: { url: `${url}/v1/graphql`, mirror: { upstream: 'v2' } },
    v2: { url: `${url}/v2/graphql` },
  };
  const before = seen.length;
  await opened({ subgraphs: 'upstreams' }, upstreams, async ({ subgraphs, ask }) => {
    assert.deepEqual(subgraphs, [{ name: 'a', url: `${url}/v1/graphql` }]);
    for (let i = 0; i < 4; i += 1) await ask('a', 'q');
  });
  assert.deepEqual(
    seen.slice(before).map((one) => one.url),
    ['/v1/graphql', '/v1/graphql', '/v1/graphql', '/v1/graphql'],
  );
});
