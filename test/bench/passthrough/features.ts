/**
 * What each optional feature costs a passed-through request: gateways with one feature each, in turns with the one of
 * the comparison, which has none of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/ports.ts';
import type { Comparison } from '../load.ts';
import type { Program } from '../process.ts';
import { type Contender, inRounds, type Standing } from '../rounds.ts';
import { startBackend } from './backend-program.ts';
import { type BenchConfig, benchConfig } from './configuration.ts';
import { authorized, measureOf, startFrontdesk } from './passthrough.ts';

const ROUND_S = 1;
/** Gateways that run at once: each takes some 200 MB. */
const AT_ONCE = 6;

interface Feature {
  readonly name: string;
  readonly edit: (config: BenchConfig, backend: string) => void;
  /** In place of `/users/42`. */
  readonly path?: string;
  readonly fields?: readonly string[];
}

/** Three endpoints that are one: told apart by their base paths. */
function threeEndpoints(config: BenchConfig, backend: string, balance: unknown): void {
  const targets = ['a', 'b', 'c'].map((name) => ({ url: `${backend}/${name}` }));
  config.upstreams.users = { targets, balance };
}

const FEATURES: readonly Feature[] = [
  {
    name: 'no access log',
    edit: (config) => Object.assign(config, { telemetry: { accessLog: { enabled: false } } }),
  },
  {
    name: 'no key, no bucket',
    edit: ({ routes: [route] }) => {
      delete route.scopes;
      Object.assign(route, { auth: 'none', limit: 'unlimited' });
    },
  },
  {
    name: 'no breaker',
    edit: ({ upstreams }) => Object.assign(upstreams.users ?? {}, { breaker: { enabled: false } }),
  },
  {
    name: 'no retries',
    edit: ({ upstreams }) => Object.assign(upstreams.users ?? {}, { retry: { max: 0 } }),
  },
  {
    name: 'a bucket of the upstream',
    edit: ({ upstreams }) =>
      Object.assign(upstreams.users ?? {}, { limit: { capacity: 1_000_000_000, refill: '1000000/s' } }),
  },
  {
    name: 'breaker per template',
    edit: ({ upstreams }) => Object.assign(upstreams.users ?? {}, { breaker: { per: 'template' } }),
  },
  {
    name: '3 endpoints, least requests',
    edit: (config, backend) => threeEndpoints(config, backend, 'least-requests'),
  },
  { name: '3 endpoints, peak EWMA', edit: (config, backend) => threeEndpoints(config, backend, 'peak-ewma') },
  {
    name: '3 endpoints, consistent hash',
    edit: (config, backend) => threeEndpoints(config, backend, { by: 'consistent-hash', key: 'consumer' }),
  },
  {
    name: 'a condition on a header',
    edit: ({ routes: [route] }) => Object.assign(route.match, { headers: { 'x-kind': 'a' } }),
    fields: ['X-Kind: a'],
  },
  {
    name: '10,000 routes',
    edit: ({ routes }) => {
      for (let i = 1; i < 10_000; i += 1) {
        routes.push({
          match: { path: `/other${i}/*` },
          to: { upstream: 'users' },
          auth: ['apiKey'],
        });
      }
    },
  },
  {
    name: 'header rules both ways',
    edit: ({ routes: [route] }) =>
      Object.assign(route, {
        request: { headers: { set: { 'x-called-by': '{identity.consumer}' } } },
        response: { headers: { set: { 'x-served-by': 'frontdesk' }, remove: ['x-debug'] } },
      }),
  },
  {
    name: 'a member stripped',
    edit: ({ routes: [route] }) => Object.assign(route, { response: { strip: ['note'] } }),
  },
  {
    name: 'members allowed, renamed',
    edit: ({ routes: [route] }) =>
      Object.assign(route, {
        response: { json: { allow: ['id', 'name', 'city'], mapping: { city: 'town' } } },
      }),
  },
  {
    name: '?fields= of a request',
    edit: ({ routes: [route] }) => Object.assign(route, { response: { fields: true } }),
    path: '/users/42?fields=id,name',
  },
  {
    name: 'cache, answered from it',
    edit: ({ upstreams }) => Object.assign(upstreams.users ?? {}, { cache: true }),
    path: '/users/cached/42',
  },
  {
    name: 'cache, not cacheable',
    edit: ({ upstreams }) => Object.assign(upstreams.users ?? {}, { cache: true }),
    path: '/users/private/42',
  },
];

export async function* features(seconds: number): AsyncGenerator<Comparison> {
  for (let at = 0; at < FEATURES.length; at += AT_ONCE) {
    yield await compare(FEATURES.slice(at, at + AT_ONCE), Math.max(3, Math.floor(seconds / ROUND_S)));
  }
}

async function compare(group: readonly Feature[], rounds: number): Promise<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const [backendPort = 0, ...ports] = await freePorts(1 + 2 * (group.length + 1));
  const programs: Program[] = [await startBackend(directory, backendPort)];
  try {
    const contenders: Contender[] = [];
    const base: Feature = { name: 'Frontdesk, guarded', edit: () => {} };
    for (const [i, { name, edit, path = '/users/42', fields = [] }] of [base, ...group].entries()) {
      const [port = 0, adminPort = 0] = ports.slice(2 * i);
      const config = benchConfig({ port, adminPort, backendPort });
      edit(config, `http://127.0.0.1:${backendPort}`);
      const program = await startFrontdesk(directory, `gateway-${i}`, config, port);
      programs.push(program);
      const args = [
        ...fields.flatMap((field) => ['-H', field]),
        ...authorized(`http://127.0.0.1:${port}${path}`),
      ];
      contenders.push({ name, program, args });
    }
    const standings = await inRounds(contenders, { rounds, seconds: ROUND_S });
    const [first] = standings;
    return {
      title: `What a feature costs, ${rounds} rounds of ${ROUND_S} s each`,
      measures: first ? [measureOf(first)] : [],
      notes: standings.slice(1).map((standing) => note(standing, first?.cpuMicros ?? Number.NaN)),
    };
  } finally {
    for (const program of programs) await program.stop();
    rmSync(directory, { recursive: true });
  }
}

function note({ contender, ratio }: Standing, baseMicros: number): string {
  const [low, median, high] = ratio.map((one) => ((one - 1) * baseMicros).toFixed(1));
  return `${contender.name.padEnd(30)} ${median} µs (half of the rounds ${low} to ${high})`;
}
