/**
 * Two subgraphs on real sockets that may lie, and a gateway before them: for tests of what a client sees of that.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { startGateway } from '../app.ts';
import { configSchema } from '../config/schema.ts';
import { composeSupergraph } from '../graph/supergraph/compose.ts';
import type { Running } from '../running.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@inaccessible", "@authenticated"])\n`;
const SDL = {
  people: `${LINK}
    type Query { me: User users: [User!] hidden: Hidden @inaccessible account: Account echo(any: JSON): JSON }
    type Mutation { first: Int second: Int third: Int }
    scalar JSON
    type User @key(fields: "id") { id: ID! name: String secret: String @inaccessible mail: String @authenticated }
    type Hidden @inaccessible { id: ID! }
    type Account { owner: User! balance: Int! }`,
  stock: `${LINK}
    type User @key(fields: "id") { id: ID! count: Int price: Int! }`,
};
type Name = keyof typeof SDL;

interface Told {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
}
export interface Odd {
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  readonly text?: string;
}
export type Behave = (name: Name, told: Told) => Promise<Odd | undefined> | Odd | undefined;

const USERS = ['1', '2', '3'].map((id) => ({ id, name: `n${id}`, mail: `m${id}`, secret: 's' }));
const write = (name: string) => async (): Promise<number> => {
  lab.written.push(`${name} begins`);
  await new Promise((resolve) => setImmediate(resolve));
  lab.written.push(`${name} ends`);
  return lab.written.length;
};
const ROOT = {
  me: USERS[0],
  users: USERS,
  account: { owner: USERS[1], balance: 5 },
  echo: ({ any }: { any: unknown }) => any,
  first: write('first'),
  second: write('second'),
  third: write('third'),
};

/** What the subgraphs do, were asked and wrote: a test changes the first and reads the others. */
export const lab: {
  behave: Behave;
  readonly told: (Told & { readonly name: Name })[];
  readonly written: string[];
} = { behave: () => undefined, told: [], written: [] };
const servers: Server[] = [];
const urls: Record<string, string> = {};
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-federation-'));
let running: Running;
let url = '';

async function serveSubgraph(name: Name): Promise<void> {
  const resolvers = {
    User: { __resolveReference: ({ id }: { id: string }) => ({ id, count: Number(id), price: 1 }) },
  };
  const schema = buildSubgraphSchema({ typeDefs: parse(SDL[name]), ...(name === 'stock' && { resolvers }) });
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { query, variables = {} } = JSON.parse(body);
    const one = { query, variables, headers: request.headers };
    lab.told.push({ ...one, name });
    const odd = await lab.behave(name, one);
    const answer = async (): Promise<string> =>
      JSON.stringify(await graphql({ schema, source: query, variableValues: variables, rootValue: ROOT }));
    response.writeHead(odd?.status ?? 200, { 'content-type': 'application/json', ...odd?.headers });
    response.end(odd?.text ?? (await answer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const address = server.address();
  urls[name] = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}/` : '';
}

export async function startWith(graph: Record<string, unknown>): Promise<Running> {
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    graph: { supergraph: join(folder, 'supergraph.graphql'), planBudget: '10s', ...graph },
    routes: [],
  });
  return startGateway({ config, folder });
}

before(async () => {
  for (const name of ['people', 'stock'] as const) await serveSubgraph(name);
  const composed = await composeSupergraph(
    Object.entries(SDL).map(([name, sdl]) => ({ name, url: urls[name] ?? '', sdl })),
  );
  if ('errors' in composed) throw new Error(composed.errors.map(({ message }) => message).join('\n'));
  writeFileSync(join(folder, 'supergraph.graphql'), composed.supergraphSdl);
  running = await startWith({
    maxReply: '64KiB',
    headers: {
      forward: ['x-locale'],
      subgraphs: {
        stock: [
          { forward: 'x-locale', as: 'x-language' },
          { insert: 'x-source', value: 'graph' },
          { remove: 'x-locale' },
        ],
      },
      response: [{ name: 'set-cookie' }, { name: 'cache-control' }, { name: 'x-part', take: 'append' }],
    },
  });
  url = `http://127.0.0.1:${running.addresses.public.port}/graphql`;
});

after(async () => {
  await running.drain();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  lab.behave = () => undefined;
  lab.told.length = 0;
  lab.written.length = 0;
});

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
  readonly errors: readonly { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
  readonly text: string;
}

export async function ask(
  query: string,
  variables?: unknown,
  headers: Record<string, string> = {},
  at = url,
): Promise<Answer> {
  const reply = await fetch(at, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await reply.text();
  const { data, errors = [] } = JSON.parse(text);
  return { status: reply.status, headers: reply.headers, data, errors, text };
}

export const paths = ({ errors }: Answer): unknown[] => errors.map(({ path }) => path?.join('.'));
export const codes = ({ errors }: Answer): unknown[] => errors.map(({ extensions }) => extensions.code);
