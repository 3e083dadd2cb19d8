/** Policies of a whole gateway with a graph: over HTTP and over WebSockets, on the graph and on its fields. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startGateway } from '../app.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { configSchema } from '../config/schema.ts';
import { composeSupergraph } from '../graph/supergraph/compose.ts';
import type { Running } from '../running.ts';

const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@policy"])
  type Query { me: Person }
  type Person @key(fields: "id") { id: ID! salary: Int @policy(policies: [["payroll"]]) }`;
const ISSUER = 'https://issuer.example';
const signing = makeKey('k', 'ES256');
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-policies-'));
const asked: string[] = [];
const schema = buildSubgraphSchema(parse(SDL));
const people = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => {
    text += String(chunk);
  });
  request.once('end', async () => {
    const { query, variables } = JSON.parse(text);
    asked.push(query);
    const rootValue = { me: { id: '1', salary: 100 } };
    const answer = await graphql({ schema, source: query, variableValues: variables, rootValue });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
});

let running: Running;
let origin: string;

before(async () => {
  people.listen(0, '127.0.0.1');
  await once(people, 'listening');
  const at = people.address();
  const url = `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}/`;
  const composed = await composeSupergraph([{ name: 'people', url, sdl: SDL }]);
  assert.ok('supergraphSdl' in composed);
  writeFileSync(join(folder, 'supergraph.graphql'), String(composed.supergraphSdl));
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    auth: {
      jwt: { issuer: ISSUER, audience: 'here', keys: jwksOf(signing), algorithms: ['ES256'] },
      failures: { burst: 5, perSecond: 0.001 },
    },
    policies: {
      acme: { allow: 'identity.tenant == "acme"' },
      payroll: { allow: '"payroll" in identity.roles' },
    },
    graph: {
      supergraph: join(folder, 'supergraph.graphql'),
      planBudget: '10s',
      auth: ['jwt', 'anonymous'],
      policies: ['acme'],
    },
  });
  running = await startGateway({ config, folder });
  origin = `127.0.0.1:${running.addresses.public.port}/graphql`;
});

after(async () => {
  await running?.drain();
  people.close();
  people.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

function bearer(claims: object): string {
  const now = Math.floor(Date.now() / 1000);
  const base = { iss: ISSUER, aud: 'here', sub: 'u1', iat: now, exp: now + 300 };
  return `Bearer ${signToken(signing, { ...base, ...claims })}`;
}

interface Answer {
  readonly data?: unknown;
  readonly codes: unknown[];
}

const codesOf = (errors: unknown): unknown[] =>
  Array.isArray(errors) ? errors.map((error) => error?.extensions?.code) : [];

async function overHttp(query: string, claims?: object): Promise<Answer> {
  const reply = await fetch(`http://${origin}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(claims ? { authorization: bearer(claims) } : {}) },
    body: JSON.stringify({ query }),
  });
  const told: { data?: unknown; errors?: unknown; type?: unknown } = JSON.parse(await reply.text());
  const { data, errors, type = '' } = told;
  return { data, codes: errors ? codesOf(errors) : type === '' ? [] : [String(type).split(/[:/#]/).at(-1)] };
}

/** One operation on a socket of its own, whose `connection_init` says who asks. */
async function overSocket(query: string, claims?: object): Promise<Answer> {
  const client = createClient({
    url: `ws://${origin}`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(claims ? { connectionParams: { authorization: bearer(claims) } } : {}),
  });
  try {
    for await (const { data, errors } of client.iterate({ query })) return { data, codes: codesOf(errors) };
    return { codes: [] };
  } catch (thrown) {
    return { codes: Array.isArray(thrown) ? codesOf(thrown) : [thrown] };
  } finally {
    await client.dispose();
  }
}

for (const [kind, ask] of [
  ['HTTP', overHttp],
  ['a WebSocket', overSocket],
] as const) {
  test(`over ${kind}: a policy of the graph holds for each operation, and no subgraph is asked where it does not`, async () => {
    asked.length = 0;
    for (const claims of [undefined, {}, { tenant: 'other' }]) {
      const { data, codes } = await ask('{ me { id } }', claims);
      assert.equal(data ?? undefined, undefined);
      assert.match(String(codes[0]), claims ? /^forbidden$/i : /^unauthenticated$/i);
    }
    assert.deepEqual(asked, []);
    assert.deepEqual((await ask('{ me { id } }', { tenant: 'acme' })).data, { me: { id: '1' } });
    assert.equal(asked.length, 1);
  });

  test(`over ${kind}: a field's @policy is a policy by that name, and who fails it asks no subgraph for the field`, async () => {
    asked.length = 0;
    const query = '{ me { id salary } }';
    const without = await ask(query, { tenant: 'acme' });
    assert.ok(!JSON.stringify(without.data ?? null).includes('100'));
    assert.equal(without.codes.length, 1);
    assert.ok(
      asked.every((one) => !one.includes('salary')),
      asked.join(),
    );
    const allowed = await ask(query, { tenant: 'acme', roles: ['payroll'] });
    assert.deepEqual(allowed.data, { me: { id: '1', salary: 100 } });
    const other = await ask(query, { tenant: 'other', roles: ['payroll'] });
    assert.match(String(other.codes[0]), /^forbidden$/i);
  });
}

test('G105: guesses over WebSockets count as any others: then neither they nor requests are looked at', async () => {
  const guess = async (): Promise<unknown> => {
    const client = createClient({
      url: `ws://${origin}`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: 'Bearer guess' },
    });
    try {
      for await (const answer of client.iterate({ query: '{ me { id } }' })) return answer;
      return undefined;
    } catch (thrown) {
      return thrown instanceof Error || Array.isArray(thrown) ? thrown : Reflect.get(Object(thrown), 'code');
    } finally {
      await client.dispose();
    }
  };
  const overHttpGuess = async (): Promise<number> => {
    const reply = await fetch(`http://${origin}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer guess' },
      body: JSON.stringify({ query: '{ me { id } }' }),
    });
    await reply.arrayBuffer();
    return reply.status;
  };
  const closed: unknown[] = [];
  for (let i = 0; i < 5; i += 1) closed.push(await guess());
  assert.equal(new Set(closed).size, 1);
  assert.equal(await overHttpGuess(), 429, `five were counted: ${closed}`);
  assert.notEqual(await guess(), closed[0], 'and the next socket is told something else');
});
