/** REST passthrough: Frontdesk with its guards on, beside @fastify/http-proxy with none. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../stack/config.ts';
import { freePorts } from '../../stack/ports.ts';
import { type Comparison, measure } from '../load.ts';
import { PEERS } from '../peers.ts';
import { GATEWAY_CORE, LOAD_CORE, type Program, startPinned } from '../process.ts';
import { REPLY } from './reply.ts';

const KEY = 'benchmark-key-of-the-only-consumer';

export async function* passthrough(seconds: number): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const [port = 0, adminPort = 0, peerPort = 0, backendPort = 0] = await freePorts(4);
  const backend = await startBackend(directory, backendPort);
  try {
    const config = join(directory, 'frontdesk.yaml');
    writeFileSync(config, frontdeskConfig(port, adminPort, backendPort));
    const main = join(ROOT, 'gateway/src/main.ts');
    const ours = await startPinned(GATEWAY_CORE, [process.execPath, main, 'serve', '--config', config], {
      cwd: ROOT,
      readyUrl: `http://127.0.0.1:${port}/readyz`,
    });
    const oursMeasured = await measure('Frontdesk, guarded', ours, seconds, [
      '-H',
      `X-Api-Key: ${KEY}`,
      `http://127.0.0.1:${port}/users/42`,
    ]).finally(ours.stop);
    const script = [
      process.execPath,
      'fastify-proxy.mjs',
      String(peerPort),
      `http://127.0.0.1:${backendPort}`,
    ];
    const peer = await startPinned(GATEWAY_CORE, script, {
      cwd: PEERS,
      readyUrl: `http://127.0.0.1:${peerPort}/`,
    });
    const peerMeasured = await measure('@fastify/http-proxy, bare', peer, seconds, [
      `http://127.0.0.1:${peerPort}/users/42`,
    ]).finally(peer.stop);
    yield { title: 'REST passthrough', measures: [oursMeasured, peerMeasured], notes: [] };
  } finally {
    await backend.stop();
    rmSync(directory, { recursive: true });
  }
}

/** API key, bucket, breaker, metrics and access log: what a partner's request meets. The bucket never runs dry. */
function frontdeskConfig(port: number, adminPort: number, backendPort: number): string {
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  return `listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
auth: { apiKey: { header: x-api-key } }
plans:
  bench: { limit: { capacity: 1000000000, refill: 1000000/s }, scopes: ["users:read"] }
consumers:
  - { id: bench, plan: bench, apiKeys: [{ id: bench, sha256: ${sha256} }] }
upstreams:
  users: { url: "http://127.0.0.1:${backendPort}" }
routes:
  - match: { path: "/users/*", methods: [GET] }
    to: { upstream: users }
    auth: [apiKey]
    scopes: ["users:read"]
`;
}

async function startBackend(directory: string, port: number): Promise<Program> {
  const readyUrl = `http://127.0.0.1:${port}/`;
  if (spawnSync('nginx', ['-v']).error) {
    const script = join(import.meta.dirname, 'backend.ts');
    return startPinned(LOAD_CORE, [process.execPath, script, String(port)], { readyUrl });
  }
  const config = join(directory, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server {
    listen 127.0.0.1:${port};
    location / { default_type application/json; return 200 '${REPLY}'; }
  }
}
`,
  );
  return startPinned(LOAD_CORE, ['nginx', '-c', config, '-p', directory], { readyUrl });
}
