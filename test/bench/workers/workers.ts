/**
 * What a request costs several workers with their primary, against one process that serves alone: under as much load as
 * they take, at one rate, and with a connection for each request, which the primary accepts and hands over.
 *
 * Two processes on one core take turns on it and share its caches, whoever they are. So there is a third: two gateways that
 * know nothing of each other, with half of the connections each. What workers cost more than those is their primary's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/ports.ts';
import type { Comparison, Measure } from '../load.ts';
import { startBackend } from '../passthrough/backend-program.ts';
import { benchConfig } from '../passthrough/configuration.ts';
import { authorized, startFrontdesk } from '../passthrough/passthrough.ts';
import { type Program, peakMemoryMb } from '../process.ts';
import { quantile } from '../rounds.ts';
import { hasSteadyLoad } from './steady-load.ts';
import { type Fleet, inTurns, type Measured, type Member, ratio, type Turn, warmUp } from './turns.ts';

const ROUND_S = 2;
/** On the one core that the single process has, too. */
const WORKERS = 2;

/** Gateways that are one contender, and what their configurations say besides. */
const VARIANTS = [
  { name: 'one process', gateways: 1, section: {} },
  { name: `${WORKERS} workers`, gateways: 1, section: { workers: WORKERS } },
  { name: `${WORKERS} gateways side by side`, gateways: WORKERS, section: {} },
] as const;

export async function* workers(seconds: number): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const programs: Program[] = [];
  try {
    const [backendPort = 0] = await freePorts(1);
    programs.push(await startBackend(directory, backendPort));
    const fleets: Fleet[] = [];
    for (const { name, gateways, section } of VARIANTS) {
      const members: Member[] = [];
      for (let i = 0; i < gateways; i += 1) {
        const member = await startMember(directory, `${fleets.length}-${i}`, backendPort, section);
        programs.push(member.program);
        members.push(member);
      }
      fleets.push({ name, members, processes: fleets.length === 0 ? 1 : WORKERS });
    }
    for (const fleet of fleets) await warmUp(fleet);
    const rounds = Math.max(3, Math.floor(seconds / ROUND_S));
    yield* compared(fleets, rounds);
  } finally {
    for (const program of programs) await program.stop();
    rmSync(directory, { recursive: true });
  }
}

async function* compared(fleets: readonly Fleet[], rounds: number): AsyncGenerator<Comparison> {
  const length = { rounds, seconds: ROUND_S };
  const kept = await inTurns(
    fleets.map((fleet) => ({ name: fleet.name, fleet })),
    length,
  );
  yield comparison(`Kept connections, ${rounds} rounds of ${ROUND_S} s each`, kept);
  const [one, several] = fleets;
  if (!one || !several) return;
  if (hasSteadyLoad()) {
    const rate = Math.floor(quantile(kept[0]?.perSecond ?? [], 0.5) / 2);
    const turns: Turn[] = [
      { name: 'one process', fleet: one, rate },
      { name: `${WORKERS} workers`, fleet: several, rate },
      { name: `one process at 1/${WORKERS} of the rate`, fleet: one, rate: rate / WORKERS },
    ];
    yield comparison(`Kept connections, ${rate} requests a second`, await inTurns(turns, length));
  }
  const closing = fleets.map((fleet): Turn => {
    const members = fleet.members.map(({ program, args }) => {
      return { program, args: ['-H', 'Connection: close', ...args] };
    });
    return { name: fleet.name, fleet: { ...fleet, members } };
  });
  yield comparison('A connection for each request', await inTurns(closing, length));
}

async function startMember(
  directory: string,
  name: string,
  backendPort: number,
  section: object,
): Promise<Member> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  // Several gateways on one core: what is measured is the cost of a request, not who is refused.
  const config = { ...benchConfig({ port, adminPort, backendPort }), shedding: 'off', ...section };
  const program = await startFrontdesk(directory, `frontdesk-${name}`, config, port);
  return { program, args: authorized(`http://127.0.0.1:${port}/users/42`) };
}

/** Every pair in which the first of the list, or the last, is what is compared with. */
function comparison(title: string, measured: readonly Measured[]): Comparison {
  const notes: string[] = [];
  for (const against of [measured.at(0), measured.at(-1)]) {
    for (const what of measured.slice(1)) {
      if (against && what !== against) notes.push(noteOf(what, against));
    }
  }
  notes.push(`the machine's load by then: ${loadavg()[0]?.toFixed(1)}`);
  return { title, measures: measured.map(measureOf), notes };
}

function noteOf(what: Measured, against: Measured): string {
  const [low, median, high] = ratio(what, against).map((value) => value.toFixed(2));
  return `${what.turn.name} cost ${median} times what ${against.turn.name} cost, round by round (half of them ${low} – ${high})`;
}

function measureOf({ turn, cpuMicros, perSecond }: Measured): Measure {
  const { members } = turn.fleet;
  return {
    name: turn.name,
    gateway: members.map(({ program }) => program.command).join(' & '),
    load: `wrk or h2load, 50 connections: ${members.map(({ args }) => args.join(' ')).join(' & ')}`,
    cpuMicros: quantile(cpuMicros, 0.5),
    perSecond: quantile(perSecond, 0.5),
    peakMemoryMb: members.reduce((sum, { program }) => sum + peakMemoryMb(program.pid), 0),
  };
}
