/** The programs of the federation benchmark: the subgraphs, Frontdesk with its guards on, and the peer with none. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../stack/config.ts';
import { PEERS } from '../peers.ts';
import { GATEWAY_CORE, LOAD_CORE, type Program, startPinned } from '../process.ts';

const SUBGRAPHS = ['accounts', 'inventory', 'products', 'reviews'];
const MAIN = join(ROOT, 'gateway/src/main.ts');
/** The key that request.lua sends. */
const KEY = 'benchmark-key-of-the-only-consumer';

export interface Place {
  readonly directory: string;
  readonly supergraph: string;
  readonly backendPort: number;
}

export function startSubgraphs(port: number): Promise<Program> {
  const script = join(import.meta.dirname, 'subgraphs.ts');
  return startPinned(LOAD_CORE, [process.execPath, script, String(port)], {
    readyUrl: `http://127.0.0.1:${port}/`,
  });
}

export function compose(directory: string, backendPort: number): Place {
  const supergraph = join(directory, 'supergraph.graphql');
  const subgraphs = SUBGRAPHS.map((name) => {
    const file = join(import.meta.dirname, `${name}.graphql`);
    return `--subgraph=${name}=http://127.0.0.1:${backendPort}/${name}=${file}`;
  });
  execFileSync(process.execPath, [MAIN, 'compose', ...subgraphs, '--output', supergraph]);
  return { directory, supergraph, backendPort };
}

/** API key, bucket, breakers, metrics and access log: what a request meets in service. The bucket never runs dry. */
export function startOurs(
  place: Place,
  port: number,
  adminPort: number,
  shareInbound: boolean,
): Promise<Program> {
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const config = join(place.directory, `frontdesk-${port}.yaml`);
  writeFileSync(
    config,
    `listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
auth: { apiKey: { header: x-api-key } }
plans:
  bench: { limit: { capacity: 1000000000, refill: 1000000/s } }
consumers:
  - { id: bench, plan: bench, apiKeys: [{ id: bench, sha256: ${sha256} }] }
graph:
  supergraph: ${place.supergraph}
  maxReply: 32MiB
  limits: { cost: unlimited, listSize: unlimited }
  headers: { forward: [authorization] }
  sharing: { inbound: ${shareInbound} }
`,
  );
  return startPinned(GATEWAY_CORE, [process.execPath, MAIN, 'serve', '--config', config], {
    cwd: place.directory,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
}

export function startHive(place: Place, port: number, shareInbound: boolean): Promise<Program> {
  const bin = 'node_modules/@graphql-hive/gateway/dist/bin.js';
  const options = ['--hive-router-runtime', '--config-path', 'hive.config.mjs', '--host', '127.0.0.1'];
  const command = [process.execPath, bin, 'supergraph', place.supergraph, ...options, '--port', String(port)];
  return startPinned(GATEWAY_CORE, command, {
    cwd: PEERS,
    env: { SHARE_INBOUND: shareInbound ? 'yes' : 'no' },
    readyUrl: `http://127.0.0.1:${port}/graphql`,
  });
}
