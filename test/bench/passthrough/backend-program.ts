/** The backend of the benchmark: nginx where there is one, because it takes little of the core that it shares with the load. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOAD_CORE, type Program, startPinned } from '../process.ts';
import { REPLY } from './reply.ts';

export async function startBackend(directory: string, port: number): Promise<Program> {
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
    default_type application/json;
    location / { return 200 '${REPLY}'; }
    location /users/cached { add_header Cache-Control 'public, max-age=3600'; return 200 '${REPLY}'; }
    location /users/private { add_header Cache-Control no-store; return 200 '${REPLY}'; }
  }
}
`,
  );
  return startPinned(LOAD_CORE, ['nginx', '-c', config, '-p', directory], { readyUrl });
}
