/**
 * What a request costs several workers with their primary, against one process that serves alone: on connections that are
 * kept, which the primary never sees again, and with a connection for each request, which it accepts and hands over.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/ports.ts';
import type { Comparison } from '../load.ts';
import { startBackend } from '../passthrough/backend-program.ts';
import { type BenchConfig, benchConfig } from '../passthrough/configuration.ts';
import { authorized, measureOf, startFrontdesk } from '../passthrough/passthrough.ts';
import type { Program } from '../process.ts';
import { type Contender, inRounds, type Standing } from '../rounds.ts';

const ROUND_S = 1;
/** Each of the workers gets a part of the requests, and code is compiled by how often it runs. */
const WARM_UP_S = 12;
/** On the one core that the single process has, too. */
const WORKERS = 2;

/** The first is what the others are compared with. */
const VARIANTS: readonly { readonly name: string; readonly edit: (config: BenchConfig) => void }[] = [
  { name: 'one process', edit: () => {} },
  { name: `${WORKERS} workers`, edit: (config) => Object.assign(config, { workers: WORKERS }) },
  {
    name: `${WORKERS} workers, no bucket`,
    edit: (config) => {
      Object.assign(config, { workers: WORKERS });
      Object.assign(config.routes[0], { limit: 'unlimited' });
    },
  },
];

const WORKLOADS = [
  { title: 'Kept connections', fields: [] },
  { title: 'A connection for each request', fields: ['-H', 'Connection: close'] },
] as const;

export async function* workers(seconds: number): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const programs: Program[] = [];
  try {
    const [backendPort = 0, ...ports] = await freePorts(1 + VARIANTS.length * 2);
    programs.push(await startBackend(directory, backendPort));
    const gateways: { name: string; program: Program; port: number }[] = [];
    for (const [i, { name, edit }] of VARIANTS.entries()) {
      const [port = 0, adminPort = 0] = ports.slice(i * 2);
      const config = benchConfig({ port, adminPort, backendPort });
      // Three gateways on one core: what is measured is the cost of a request, not who is refused.
      Object.assign(config, { shedding: 'off' });
      edit(config);
      const program = await startFrontdesk(directory, `frontdesk-${i}`, config, port);
      programs.push(program);
      gateways.push({ name, program, port });
    }
    const rounds = Math.max(3, Math.floor(seconds / ROUND_S));
    for (const { title, fields } of WORKLOADS) {
      const contenders = gateways.map(({ name, program, port }): Contender => {
        return { name, program, args: [...fields, ...authorized(`http://127.0.0.1:${port}/users/42`)] };
      });
      const standings = await inRounds(contenders, { rounds, seconds: ROUND_S, warmUpS: WARM_UP_S });
      yield {
        title: `${title}, ${rounds} rounds of ${ROUND_S} s each`,
        measures: standings.map(measureOf),
        notes: [...standings.slice(1).map(noteOf), `the machine's load by then: ${loadavg()[0]?.toFixed(1)}`],
      };
    }
  } finally {
    for (const program of programs) await program.stop();
    rmSync(directory, { recursive: true });
  }
}

function noteOf({ contender, ratio: [low, median, high] }: Standing): string {
  return `${contender.name} cost ${median.toFixed(2)} times as much, round by round (half of them ${low.toFixed(2)} – ${high.toFixed(2)})`;
}
