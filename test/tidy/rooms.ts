/**
 * Who may import whom: the table of gateway/docs/ARCHITECTURE.md as code. Downward only. The rooms first, then what ties them
 * together.
 */

/** Room of gateway/src → the rooms that it may import beside itself. `*` is any room of this table. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  settings: ['core'],
  wire: ['core', 'settings'],
  protobuf: ['core'],
  router: ['core', 'settings'],
  policy: ['core', 'settings', 'wire', 'router'],
  validation: ['core', 'settings', 'wire', 'router'],
  telemetry: ['core', 'settings'],
  state: ['core', 'settings'],
  limits: ['core', 'settings', 'state'],
  bff: ['core', 'settings', 'state'],
  // What teams test with: it runs their operations on the clients that they have in earnest.
  'bff-testing': ['core', 'settings', 'state', 'wire', 'bff', 'handlers'],
  auth: ['core', 'settings', 'state', 'wire', 'limits'],
  processes: ['core', 'settings'],
  upstream: ['core', 'settings', 'wire', 'limits', 'state', 'telemetry'],
  graph: ['core', 'settings', 'wire'],
  // Types of BFFs' packages; of other rooms it reads what they know of documents.
  codegen: ['core', 'settings', 'bff', 'graph', 'protobuf', 'validation', 'config'],
  // Sources of supergraphs; of the graph it knows their configuration alone.
  supergraph: ['core', 'settings', 'graph'],
  middleware: ['core', 'settings', 'wire', 'limits', 'auth', 'router', 'state', 'telemetry'],
  handlers: ['core', 'settings', 'wire', 'protobuf', 'bff', 'graph'],
  listener: ['core', 'settings', 'wire'],
  // It joins the configuration fragments that every room exports.
  config: ['*'],
  // New packages of teams, from what describes their backends.
  scaffold: ['core', 'settings', 'codegen', 'validation'],
  // Configurations that change while it runs: read, compared, put into force, kept.
  change: ['core', 'settings', 'config'],
  // The primary process and the workers that it keeps.
  workers: ['core', 'settings', 'wire', 'telemetry', 'state', 'processes', 'config', 'change'],
  // The operators' page and what it shows.
  live: ['core', 'settings', 'wire', 'telemetry', 'handlers'],
  // The public door `@frontdesk/gateway/plugin`, and what holds a plugin.
  plugin: ['core', 'settings', 'wire'],
};

/** What ties the rooms together, lowest first: each imports any room of the table, and of these what stands before it. */
const TIES: readonly string[] = [
  'sharing',
  'bffs-apart',
  'residents',
  'identities',
  'graph-feed',
  'pipeline.ts',
  'mounts',
  'chains',
  'snapshot',
  'running.ts',
  'readiness.ts',
  'admin',
  'app.ts',
  'primary',
];

/** Commands, and what `frontdesk bff dev` runs: they start everything, and nothing imports them but each other. */
const STARTERS: readonly string[] = ['cli', 'dev', 'main.ts'];

/** Whether it is a place that the tables know. */
export function isKnownRoom(room: string): boolean {
  return room in ROOMS || TIES.includes(room) || STARTERS.includes(room);
}

/** Whether a file of one room (or a file at the top, by its name) may import one of the other. */
export function mayImport(from: string, to: string): boolean {
  if (from === to || STARTERS.includes(from)) return true;
  if (TIES.includes(from)) return to in ROOMS || TIES.slice(0, TIES.indexOf(from)).includes(to);
  const allowed = ROOMS[from] ?? [];
  return allowed.includes('*') ? to in ROOMS : allowed.includes(to);
}

/** Each library and the only places that import it; whoever else wants it goes through that room. */
export const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  zod: ['gateway/src/'],
  '@marcbachmann/cel-js': ['gateway/src/policy/'],
  undici: ['gateway/src/upstream/transports/'],
  ws: ['gateway/src/listener/', 'gateway/src/upstream/transports/', 'subgraphs-mock/'],
  'graphql-ws': ['gateway/src/', 'subgraphs-mock/'],
  'graphql-sse': ['gateway/src/', 'subgraphs-mock/'],
  ioredis: ['gateway/src/state/'],
  jose: ['gateway/src/auth/', 'test/'],
  pino: ['gateway/src/telemetry/'],
  'prom-client': ['gateway/src/telemetry/'],
  '@opentelemetry/api': ['gateway/src/telemetry/traces/'],
  '@opentelemetry/otlp-transformer': ['gateway/src/telemetry/traces/'],
  '@opentelemetry/resources': ['gateway/src/telemetry/traces/'],
  '@opentelemetry/sdk-trace': ['gateway/src/telemetry/traces/'],
  yaml: ['gateway/src/config/', 'gateway/src/upstream/discovery/', 'gateway/src/validation/', 'test/'],
  commander: ['gateway/src/cli/', 'gateway/src/main.ts'],
  dataloader: ['gateway/src/bff/', 'gateway/src/handlers/'],
  graphql: [
    'gateway/src/graph/',
    'gateway/src/bff/',
    'gateway/src/handlers/',
    'gateway/src/codegen/',
    'subgraphs-mock/',
    'schema/',
    'test/bench/',
  ],
  'fast-xml-parser': ['gateway/src/wire/'],
  'graphql-http': ['gateway/src/graph/', 'gateway/src/handlers/'],
  '@apollo/server': ['gateway/src/handlers/', 'subgraphs-mock/'],
  // `@rateLimit` in BFFs' schemas; the limiter beside it is there for the shape that it expects.
  'graphql-rate-limit-directive': ['gateway/src/handlers/'],
  'rate-limiter-flexible': ['gateway/src/handlers/'],
  '@apollo/subgraph': ['subgraphs-mock/', 'test/bench/'],
  '@apollo/composition': ['gateway/src/graph/', 'schema/'],
  '@apollo/federation-internals': ['gateway/src/graph/', 'schema/'],
  '@apollo/query-planner': ['gateway/src/graph/'],
  '@apollo/gateway': ['gateway/src/supergraph/'],
  '@graphql-hive/router-query-planner': ['gateway/src/graph/'],
  // Its reader of .proto files alone: nothing here compiles code from a schema.
  protobufjs: ['gateway/src/protobuf/', 'schema/'],
  '@grpc/grpc-js': ['gateway/src/', 'subgraphs-mock/'],
  '@grpc/proto-loader': ['subgraphs-mock/'],
  'oidc-provider': ['subgraphs-mock/'],
  // Neither is loaded where nothing is validated.
  // Beside the tests of BFFs' OpenAPI documents.
  ajv: ['gateway/src/validation/', 'gateway/src/handlers/bff/openapi/', 'subgraphs-mock/', 'test/deploy/'],
  'ajv-formats': ['gateway/src/validation/', 'subgraphs-mock/'],
  '@seriousme/openapi-schema-validator': ['gateway/src/handlers/', 'gateway/src/cli/'],
  typescript: ['test/tidy/', 'test/deploy/'],
  'dockerfile-utils': ['test/deploy/'],
  'playwright-core': ['test/'],
  // The grammar of PromQL, for the rules and dashboards in gateway/deploy.
  '@prometheus-io/lezer-promql': ['test/metrics/'],
  'structured-headers': ['gateway/', 'test/'],
  'fast-check': ['gateway/', 'subgraphs-mock/', 'test/'],
  '@frontdesk/gateway': ['bff-mobile/', 'bff-web/', 'test/'],
  '@frontdesk/schema': ['bff-mobile/', 'bff-web/', 'subgraphs-mock/', 'test/'],
  '@frontdesk/subgraphs-mock': ['test/'],
  '@frontdesk/bff-mobile': ['test/'],
  '@frontdesk/bff-web': ['test/'],
};

/** What a BFF may import of the gateway: its public door for BFFs, and the one for their tests. */
export const BFF_DOORS: ReadonlySet<string> = new Set([
  '@frontdesk/gateway/bff',
  '@frontdesk/gateway/bff/testing',
]);

/** What the root of the repository holds, and nothing else. */
export const TOP_LEVEL: ReadonlySet<string> = new Set([
  'gateway',
  'bff-mobile',
  'bff-web',
  'subgraphs-mock',
  'schema',
  'test',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'biome.json',
  'frontdesk.yaml',
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'CODEOWNERS',
  'LICENSE',
  '.ci',
  '.gitignore',
  '.node-version',
  '.npmrc',
]);

/** The room of a file of gateway/src; a file at its top is one by itself. `undefined` for a file from elsewhere. */
export function roomOf(path: string): string | undefined {
  return /^gateway\/src\/([^/]+)/.exec(path)?.[1];
}

/** The package of a bare specifier: `@a/b/c` → `@a/b`, `c/d` → `c`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}
