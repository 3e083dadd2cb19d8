/** REST passthrough: Frontdesk with its guards on, beside @fastify/http-proxy and Caddy with none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrInstall } from '../../runner/servers.ts';
import { ROOT } from '../../stack/config.ts';
import { freePorts } from '../../stack/ports.ts';
import { addedLatency } from '../latency.ts';
import type { Comparison } from '../load.ts';
import { PEERS } from '../peers.ts';
import { GATEWAY_CORE, type Program, startPinned } from '../process.ts';
import { type Contender, inRounds, type Standing } from '../rounds.ts';
import { startBackend } from './backend-program.ts';
import { benchConfig, KEY_FIELD } from './configuration.ts';

const ROUND_S = 2;
const LATENCY_S = 8;

export async function* passthrough(seconds: number): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const [port = 0, adminPort = 0, fastifyPort = 0, caddyPort = 0, backendPort = 0] = await freePorts(5);
  const backend = await startBackend(directory, backendPort);
  const programs: Program[] = [backend];
  const start = async (
    name: string,
    program: Promise<Program>,
    args: readonly string[],
  ): Promise<Contender> => {
    programs.push(await program);
    return { name, program: await program, args };
  };
  try {
    const config = benchConfig({ port, adminPort, backendPort });
    const ours = startFrontdesk(directory, 'frontdesk', config, port);
    const contenders = [
      await start('Frontdesk, guarded', ours, authorized(`http://127.0.0.1:${port}/users/42`)),
      await start('@fastify/http-proxy, bare', startFastify(fastifyPort, backendPort), [
        `http://127.0.0.1:${fastifyPort}/users/42`,
      ]),
    ];
    const caddy = findOrInstall(['caddy'], 'caddy');
    if (caddy !== undefined) {
      const program = startCaddy(caddy, directory, caddyPort, backendPort);
      contenders.push(await start('Caddy, bare', program, [`http://127.0.0.1:${caddyPort}/users/42`]));
    }
    const rounds = Math.max(3, Math.floor(seconds / ROUND_S));
    const standings = await inRounds(contenders, { rounds, seconds: ROUND_S });
    const latency = await addedLatency({
      url: `http://127.0.0.1:${port}/users/42`,
      direct: `http://127.0.0.1:${backendPort}/users/42`,
      rate: (standings[0]?.perSecond ?? 0) / 2,
      seconds: LATENCY_S,
      field: KEY_FIELD,
    });
    yield {
      title: `REST passthrough, ${rounds} rounds of ${ROUND_S} s each`,
      measures: standings.map(measureOf),
      notes: [...standings.slice(1).map(ratioNote), `added latency at half of saturation, ${latency}`],
    };
  } finally {
    for (const program of programs) await program.stop();
    rmSync(directory, { recursive: true });
  }
}

export function authorized(url: string): string[] {
  return ['-H', KEY_FIELD.join(': '), url];
}

export function measureOf({
  contender,
  load,
  cpuMicros,
  perSecond,
  peakMemoryMb,
}: Standing): Comparison['measures'][number] {
  return {
    name: contender.name,
    gateway: contender.program.command,
    load,
    cpuMicros,
    perSecond,
    peakMemoryMb,
  };
}

function ratioNote({ contender, ratio: [low, median, high] }: Standing): string {
  return `${contender.name} costs ${median.toFixed(2)} times as much, round by round (half of them ${low.toFixed(2)} – ${high.toFixed(2)})`;
}

export function startFrontdesk(
  directory: string,
  name: string,
  config: object,
  port: number,
): Promise<Program> {
  const path = join(directory, `${name}.yaml`);
  // JSON is YAML, and smaller: 10,000 routes fit.
  writeFileSync(path, JSON.stringify(config));
  const main = join(ROOT, 'gateway/src/main.ts');
  return startPinned(GATEWAY_CORE, [process.execPath, main, 'serve', '--config', path], {
    cwd: ROOT,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
}

function startFastify(port: number, backendPort: number): Promise<Program> {
  const upstream = `http://127.0.0.1:${backendPort}`;
  const command = [process.execPath, 'fastify-proxy.mjs', String(port), upstream];
  return startPinned(GATEWAY_CORE, command, { cwd: PEERS, readyUrl: `http://127.0.0.1:${port}/` });
}

/** As it comes; the core that it is pinned to is its one processor. */
function startCaddy(caddy: string, directory: string, port: number, backendPort: number): Promise<Program> {
  const path = join(directory, 'Caddyfile');
  writeFileSync(
    path,
    `{\n  admin off\n}\nhttp://127.0.0.1:${port} {\n  reverse_proxy 127.0.0.1:${backendPort}\n}\n`,
  );
  return startPinned(GATEWAY_CORE, [caddy, 'run', '--config', path, '--adapter', 'caddyfile'], {
    env: { GOMAXPROCS: '1', XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    readyUrl: `http://127.0.0.1:${port}/`,
  });
}
