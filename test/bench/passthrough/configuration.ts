/** The configuration of the benchmark's gateway: API key, bucket, breaker, metrics and access log. */
import { createHash } from 'node:crypto';

export const KEY = 'benchmark-key-of-the-only-consumer';
/** What wrk and h2load are told, so that the key goes with each request. */
export const KEY_FIELD = ['X-Api-Key', KEY] as const;

export interface BenchPorts {
  readonly port: number;
  readonly adminPort: number;
  readonly backendPort: number;
}

export interface BenchRoute {
  match: Record<string, unknown>;
  to: Record<string, unknown>;
  [setting: string]: unknown;
}

/** A configuration as it is written; features of the table change it. */
export interface BenchConfig {
  upstreams: Record<string, Record<string, unknown>>;
  routes: [BenchRoute, ...BenchRoute[]];
  [section: string]: unknown;
}

/** What a partner's request meets. The bucket never runs dry. */
export function benchConfig({ port, adminPort, backendPort }: BenchPorts): BenchConfig {
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  return {
    listen: { host: '127.0.0.1', port },
    admin: { host: '127.0.0.1', port: adminPort },
    auth: { apiKey: { header: 'x-api-key' } },
    plans: { bench: { limit: { capacity: 1_000_000_000, refill: '1000000/s' }, scopes: ['users:read'] } },
    consumers: [{ id: 'bench', plan: 'bench', apiKeys: [{ id: 'bench', sha256 }] }],
    upstreams: { users: { url: `http://127.0.0.1:${backendPort}` } },
    routes: [
      {
        match: { path: '/users/*', methods: ['GET'] },
        to: { upstream: 'users' },
        auth: ['apiKey'],
        scopes: ['users:read'],
      },
    ],
  };
}
