/**
 * The part of a Consul agent that healthy instances are read by, faithful to its protocol: blocking queries by index and wait,
 * `passing`, tags, data centres and ACL tokens. It is not Consul.
 */
import http from 'node:http';
import type { TestContext } from 'node:test';

export interface Instance {
  readonly id: string;
  readonly address?: string;
  readonly port?: number;
  readonly node?: string;
  readonly tags?: readonly string[];
  readonly status?: 'passing' | 'warning' | 'critical';
  readonly weights?: { readonly Passing: number; readonly Warning: number };
  readonly meta?: Readonly<Record<string, string>>;
}

export interface ConsulAgent {
  readonly url: string;
  readonly requests: string[];
  token: string | undefined;
  index: number;
  failing: number | undefined;
  readonly waiting: number;
  set(instances: readonly Instance[]): void;
  /** Answers those who wait, with what there was before. */
  timeOut(): void;
  /** Something else changed: the index goes on. */
  tick(): void;
  drop(): void;
}

export async function consulAgent(t: TestContext): Promise<ConsulAgent> {
  let instances: readonly Instance[] = [];
  const waiting = new Map<http.ServerResponse, URLSearchParams>();

  const answer = (response: http.ServerResponse, query: URLSearchParams): void => {
    waiting.delete(response);
    const listed = instances
      .filter(({ status = 'passing' }) => !query.has('passing') || status === 'passing')
      .filter(({ tags = [] }) => query.getAll('tag').every((tag) => tags.includes(tag)));
    response.setHeader('x-consul-index', agent.index);
    response.setHeader('x-consul-knownleader', 'true');
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        listed.map((one) => ({
          Node: { ID: 'n', Node: 'node-1', Address: one.node ?? '10.0.0.9', Datacenter: 'dc1', Meta: null },
          Service: {
            ID: one.id,
            Service: 'users',
            Tags: one.tags ?? [],
            Address: one.address ?? '',
            Port: one.port ?? 8080,
            Meta: one.meta ?? null,
            Weights: one.weights ?? { Passing: 1, Warning: 1 },
          },
          Checks: [
            { CheckID: 'serfHealth', Status: 'passing' },
            { CheckID: 'service', Status: one.status ?? 'passing' },
          ],
        })),
      ),
    );
  };
  const answerAll = (): void => {
    for (const [response, query] of [...waiting]) answer(response, query);
  };

  const server = http.createServer((request, response) => {
    const target = request.url ?? '';
    const { pathname, searchParams } = new URL(target, 'http://agent');
    agent.requests.push(target);
    if (agent.failing !== undefined) response.writeHead(agent.failing).end('No cluster leader');
    else if (agent.token !== undefined && request.headers['x-consul-token'] !== agent.token) {
      response.writeHead(403).end('Permission denied');
    } else if (pathname !== '/v1/health/service/users') response.writeHead(404).end();
    else if (searchParams.has('index') && Number(searchParams.get('index')) === agent.index) {
      waiting.set(response, searchParams);
      response.on('close', () => waiting.delete(response));
    } else answer(response, searchParams);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  const agent: ConsulAgent = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    token: undefined,
    index: 10,
    failing: undefined,
    get waiting() {
      return waiting.size;
    },
    set(next) {
      instances = next;
      agent.index += 1;
      answerAll();
    },
    timeOut: answerAll,
    tick() {
      agent.index += 1;
      answerAll();
    },
    drop() {
      for (const response of waiting.keys()) response.destroy();
    },
  };
  return agent;
}
