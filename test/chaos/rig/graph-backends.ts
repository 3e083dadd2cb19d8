/** Two subgraphs and the source of their supergraph, which gives another version whenever it is told to move on. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { supergraphOf } from '../supergraph.ts';

const ITEMS = 20;
const TICK_MS = 250;

export class GraphBackends {
  readonly #servers: Server[] = [];
  readonly #ticking = new Set<ServerResponse>();
  readonly #timer: NodeJS.Timeout;
  #addresses = { items: '', extras: '', source: '' };
  #tick = 0;
  version = 0;

  private constructor() {
    this.#timer = setInterval(() => {
      this.#tick += 1;
      for (const stream of this.#ticking) stream.write(event(this.#tick));
    }, TICK_MS);
  }

  static async start(): Promise<GraphBackends> {
    const backends = new GraphBackends();
    const items = await backends.#serve((request, response) => backends.#items(request, response));
    const extras = await backends.#serve(answerExtras);
    const source = await backends.#serve((request, response) => backends.#source(request, response));
    backends.#addresses = { items, extras, source };
    return backends;
  }

  get source(): string {
    return this.#addresses.source;
  }

  get items(): string {
    return this.#addresses.items;
  }

  get extras(): string {
    return this.#addresses.extras;
  }

  /** Subscriptions that are open here. */
  get subscriptions(): number {
    return this.#ticking.size;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #serve(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
    const server = createServer({ keepAliveTimeout: 60_000 }, answer);
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async #items(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { query }: { query: string } = JSON.parse(await bodyOf(request));
    if (query.includes('subscription')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event(this.#tick));
      this.#ticking.add(response);
      response.once('close', () => this.#ticking.delete(response));
      return;
    }
    const list = Array.from({ length: ITEMS }, (_, i) => ({ __typename: 'Item', id: `${i}`, name: `n${i}` }));
    const key = /(\w+) ?: ?items/.exec(query)?.[1] ?? 'items';
    answerJson(response, { data: { [key]: list } });
  }

  #source(request: IncomingMessage, response: ServerResponse): void {
    const tag = `"${this.version}"`;
    if (request.headers['if-none-match'] === tag) response.writeHead(304).end();
    else response.writeHead(200, { etag: tag }).end(supergraphOf(this.#addresses, this.version));
  }
}

/** What `{ items(count: 20) { id name extra } }` is answered with. */
export const EXPECTED = JSON.stringify(
  Array.from({ length: ITEMS }, (_, i) => ({ id: `${i}`, name: `n${i}`, extra: `e${i}` })),
);

function event(tick: number): string {
  return `event: next\ndata: {"data":{"tick":${tick}}}\n\n`;
}

async function answerExtras(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { variables }: { variables?: Record<string, { id: string }[]> } = JSON.parse(await bodyOf(request));
  const [representations = []] = Object.values(variables ?? {});
  const entities = representations.map(({ id }) => ({ __typename: 'Item', extra: `e${id}` }));
  answerJson(response, { data: { _entities: entities } });
}

function answerJson(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
