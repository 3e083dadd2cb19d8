/**
 * What telemetry costs a request: gateways that differ in nothing else, in turns, for a passed-through request and for a
 * dashboard of three REST parts. Metrics are always on.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../stack/config.ts';
import { freePorts } from '../../stack/ports.ts';
import type { Comparison } from '../load.ts';
import { startBackend } from '../passthrough/backend-program.ts';
import { benchConfig } from '../passthrough/configuration.ts';
import { authorized, measureOf, startFrontdesk } from '../passthrough/passthrough.ts';
import { LOAD_CORE, type Program, startPinned } from '../process.ts';
import { type Contender, inRounds, type Standing } from '../rounds.ts';

const ROUND_S = 1;

interface Variant {
  readonly name: string;
  readonly accessLog: boolean;
  /** Share of traces; `undefined`: not configured. */
  readonly ratio?: number;
}

/** The first is what the others are compared with. */
const VARIANTS: readonly Variant[] = [
  { name: 'metrics and access log', accessLog: true },
  { name: 'metrics alone', accessLog: false },
  { name: 'and traces, 0 %', accessLog: true, ratio: 0 },
  { name: 'and traces, 1 %', accessLog: true, ratio: 0.01 },
  { name: 'and traces, 100 %', accessLog: true, ratio: 1 },
];

const WORKLOADS = [
  { title: 'A passed-through request', path: '/users/42' },
  { title: 'A dashboard of three REST parts', path: '/bff/dashboard' },
] as const;

export async function* telemetry(seconds: number): AsyncGenerator<Comparison> {
  yield { title: 'What traces add to a request, in one process', measures: [], notes: ownCost() };
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const programs: Program[] = [];
  try {
    const [backendPort = 0, collectorPort = 0, ...ports] = await freePorts(2 + VARIANTS.length * 2);
    programs.push(await startBackend(directory, backendPort));
    const command = [process.execPath, join(import.meta.dirname, 'collector.ts'), String(collectorPort)];
    const endpoint = `http://127.0.0.1:${collectorPort}`;
    programs.push(await startPinned(LOAD_CORE, command, { readyUrl: endpoint }));
    const gateways: { variant: Variant; program: Program; port: number }[] = [];
    for (const [i, variant] of VARIANTS.entries()) {
      const [port = 0, adminPort = 0] = ports.slice(i * 2);
      const config = configOf(variant, { port, adminPort, backendPort }, endpoint);
      const program = await startFrontdesk(directory, `frontdesk-${i}`, config, port);
      programs.push(program);
      gateways.push({ variant, program, port });
    }
    const rounds = Math.max(3, Math.floor(seconds / ROUND_S));
    for (const { title, path } of WORKLOADS) {
      const contenders = gateways.map(({ variant, program, port }): Contender => {
        return { name: variant.name, program, args: authorized(`http://127.0.0.1:${port}${path}`) };
      });
      const standings = await inRounds(contenders, { rounds, seconds: ROUND_S });
      yield {
        title: `${title}, ${rounds} rounds of ${ROUND_S} s each`,
        measures: standings.map(measureOf),
        notes: standings.slice(1).map(noteOf),
      };
    }
  } finally {
    for (const program of programs) await program.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Free of sockets and of what else the machine does: the least of many rounds. */
function ownCost(): string[] {
  const printed = execFileSync(process.execPath, [join(ROOT, 'gateway/bench/traces.ts')], {
    encoding: 'utf8',
  });
  const rows: { readonly name: string; readonly micros: number }[] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return rows.map(({ name, micros }) => `${name.padEnd(48)}${micros.toFixed(2).padStart(8)} µs`);
}

function configOf(
  { accessLog, ratio }: Variant,
  ports: Parameters<typeof benchConfig>[0],
  endpoint: string,
): object {
  const config = benchConfig(ports);
  const backend = `http://127.0.0.1:${ports.backendPort}`;
  for (const name of ['accounts', 'friends']) config.upstreams[name] = { url: backend };
  const dashboard = join(import.meta.dirname, '../dashboard/package.ts');
  config.bffs = [{ package: dashboard, mount: '/bff', auth: ['apiKey'] }];
  const sampling = { ratio, maxSpansPerSecond: 1_000_000 };
  config.telemetry = {
    accessLog: { enabled: accessLog },
    ...(ratio === undefined ? {} : { traces: { endpoint, sampling, queue: { spans: 100_000, batch: 512 } } }),
  };
  return config;
}

function noteOf({ contender, ratio: [low, median, high] }: Standing): string {
  return `${contender.name}: ${median.toFixed(3)} times the first, round by round (half of them ${low.toFixed(3)} – ${high.toFixed(3)})`;
}
