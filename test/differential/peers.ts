/** nginx and HAProxy as Debian ships them, each with a configuration that passes on everything to one backend. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithUs } from '../stack/watchdog.ts';

export interface Peer {
  readonly port: number;
  stop(): void;
}

interface Start {
  readonly program: string;
  readonly port: number;
  /** The backend, such as `127.0.0.1:4000`. */
  readonly backend: string;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

export function startNginx({ program, port, backend }: Start): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-nginx-'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  const config = `
    daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error crit;
    events { worker_connections 256; }
    http {
      access_log off; ${paths}
      client_header_timeout 2s; client_body_timeout 2s; keepalive_timeout 5s;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://${backend}; proxy_http_version 1.1; proxy_set_header Host $http_host;
          proxy_set_header Connection ""; proxy_ignore_client_abort on;
        }
      }
    }`;
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config);
  return started(program, ['-p', folder, '-c', file, '-e', join(folder, 'error')], port, folder);
}

export function startHaproxy({ program, port, backend }: Start): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-haproxy-'));
  const config = `global
  maxconn 256
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
  timeout http-request 2s
frontend door
  bind 127.0.0.1:${port}
  default_backend echo
backend echo
  server echo ${backend}
`;
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, config);
  return started(program, ['-f', file, '-db'], port, folder);
}

async function started(
  program: string,
  args: readonly string[],
  port: number,
  folder: string,
): Promise<Peer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const callOff = child.pid === undefined ? () => {} : endWithUs(child.pid);
  const stop = (): void => {
    callOff();
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  if (await listens(child, port)) return { port, stop };
  stop();
  throw new Error(`${program} did not start: ${Buffer.concat(said).toString()}`);
}

async function listens(child: ChildProcess, port: number): Promise<boolean> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < until) {
    if (await isOpen(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
