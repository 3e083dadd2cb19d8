/**
 * The time of one match against tables of different sizes, in this process alone. Prints JSON lines:
 * `{"name", "routes", "nanoseconds", "buildMs"}`. `npm run bench -w test -- routing` runs it.
 */
import { HeaderFields } from '../src/core/headers.ts';
import type { RoutableRequest } from '../src/router/request-view.ts';
import type { RouteMatch } from '../src/router/route-match.ts';
import { compileRoutes, type RouteTable } from '../src/router/route-table.ts';
import { compileRouting } from '../src/router/routing.ts';
import { routingConfig } from '../src/router/routing-config.ts';

const SIZES = [10, 10_000];
const ROUNDS = 9;
const MATCHES = 200_000;
/** Requests are for this many of the routes in turn, the same number at each size. */
const ASKED = 10;

interface Kind {
  readonly name: string;
  readonly match: (i: number) => RouteMatch;
  readonly path: (i: number) => string;
  readonly fields?: (i: number) => Record<string, string>;
}

const KINDS: readonly Kind[] = [
  {
    name: 'exact paths',
    match: (i) => ({ path: `/api/service${i}/status` }),
    path: (i) => `/api/service${i}/status`,
  },
  {
    name: 'parameters',
    match: (i) => ({ path: `/api/service${i}/users/:id` }),
    path: (i) => `/api/service${i}/users/42`,
  },
  {
    name: 'prefixes',
    match: (i) => ({ path: `/api/service${i}/*` }),
    path: (i) => `/api/service${i}/users/42`,
  },
  {
    name: 'regular expressions',
    match: (i) => ({ path: { regex: `/api/service${i}-[a-z]+/\\d+` } }),
    path: (i) => `/api/service${i}-x/42`,
  },
  {
    name: 'prefixes with a header condition',
    match: (i) => ({ path: `/api/service${i}/*`, headers: { 'x-beta': 'on' } }),
    path: (i) => `/api/service${i}/users/42`,
    fields: () => ({ 'x-beta': 'on' }),
  },
  {
    name: 'one path, told apart by tenant',
    match: (i) => ({ path: '/api/*', tenant: [`tenant${i}`] }),
    path: () => '/api/users/42',
    fields: (i) => ({ 'x-org': `tenant${i}` }),
  },
];

/** A dozen fields, as browsers send. */
const COMMON: Readonly<Record<string, string>> = {
  host: 'api.example',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)',
  accept: 'application/json',
  'accept-language': 'en',
  'accept-encoding': 'gzip, br',
  authorization: 'Bearer x',
  cookie: 'session=1; theme=dark',
  referer: 'https://www.example/',
  origin: 'https://www.example',
  connection: 'keep-alive',
};

const routing = compileRouting(routingConfig.parse({ tenant: { header: 'x-org' } }));

function requestsOf({ path, fields }: Kind, size: number): RoutableRequest[] {
  return Array.from({ length: ASKED }, (_, n) => {
    const i = Math.floor((n * size) / ASKED);
    const headers = HeaderFields.of({ ...COMMON, ...fields?.(i) });
    return {
      method: 'GET',
      host: 'api.example',
      path: path(i),
      query: '',
      headers,
      client: { scheme: 'http' },
    };
  });
}

/** Nanoseconds of one match. */
function timed(table: RouteTable<number>, requests: readonly RoutableRequest[]): number {
  let found = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < MATCHES; i += 1) {
    const request = requests[i % ASKED];
    if (request && table.match(request).kind === 'found') found += 1;
  }
  const took = Number(process.hrtime.bigint() - start);
  if (found !== MATCHES) throw new Error(`${MATCHES - found} requests found no route`);
  return took / MATCHES;
}

for (const kind of KINDS) {
  const sizes = SIZES.map((routes) => {
    const start = performance.now();
    const specs = Array.from({ length: routes }, (_, i) => ({ match: kind.match(i), value: i }));
    const table = compileRoutes(specs, routing);
    return {
      routes,
      table,
      buildMs: performance.now() - start,
      requests: requestsOf(kind, routes),
      times: [0].slice(1),
    };
  });
  // In turns, so that what disturbs the machine disturbs both.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { table, requests, times } of sizes) times.push(timed(table, requests));
  }
  for (const { routes, buildMs, times } of sizes) {
    const nanoseconds = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
    console.log(JSON.stringify({ name: kind.name, routes, nanoseconds, buildMs }));
  }
}
