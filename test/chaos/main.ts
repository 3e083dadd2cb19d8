/**
 * `npm run chaos -w test`: the experiments in their long form, one after another, each as often as asked; prints their table and
 * writes it into gateway/docs/EXPERIMENTS.md. `--experiment 7` (again and again) leaves the others out, and then nothing
 * is written unless `--write` asks for it: then the rows of these alone are others, each as soon as it is there. `--note` says what else
 * is to be known of how they were taken.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../stack/config.ts';
import { conduct, EXPERIMENTS } from './catalogue.ts';
import { NO_REDIS } from './experiments/redis.ts';
import { between, keyOf, placed, type Row, table, worst } from './report.ts';
import { type Finding, isMet } from './rig/experiment.ts';
import { Lab, type Scale } from './rig/lab.ts';

const PAGE = join(ROOT, 'gateway/docs/EXPERIMENTS.md');
const SOAK_NUMBER = 18;
const OF_REDIS = new Set([7, 8, 9, 10, 11]);
const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;
const USUAL_PHASES_MS = 150_000;

const { values } = parseArgs({
  options: {
    experiment: { type: 'string', multiple: true, default: [] },
    baseline: { type: 'string', default: '60' },
    fault: { type: 'string', default: '30' },
    recovery: { type: 'string', default: '60' },
    runs: { type: 'string', default: '5' },
    rate: { type: 'string', default: '400' },
    soak: { type: 'string' },
    write: { type: 'boolean', default: false },
    note: { type: 'string' },
  },
});

/** The soak takes as many seconds as asked; else an hour, and where the phases are shorter than they should be six times their sum. */
function soakMsOf(phasesMs: number): number {
  if (values.soak !== undefined) return Number(values.soak) * 1000;
  return phasesMs < USUAL_PHASES_MS ? 6 * phasesMs : HOUR_MS;
}

function scaleOf(): Scale {
  // Everything that we start is where we are, but for gateways (rig/lab.ts).
  const own = ['--all-tasks', '--cpu-list', '--pid', '0', String(process.pid)];
  const canPin = availableParallelism() > 1 && spawnSync('taskset', own).status === 0;
  return {
    isShort: false,
    baselineMs: Number(values.baseline) * 1000,
    faultMs: Number(values.fault) * 1000,
    recoveryMs: Number(values.recovery) * 1000,
    perSecond: Number(values.rate),
    windowMs: 1_000,
    windows: Math.min(10, Math.max(1, Math.floor(Number(values.recovery) / 2))),
    soakMs: soakMsOf((Number(values.baseline) + Number(values.fault) + Number(values.recovery)) * 1000),
    pin: canPin,
  };
}

/** Each run in a laboratory of its own: nothing of one is left for the next. */
async function runsOf(numbers: readonly number[], scale: Scale): Promise<Row[]> {
  const rows: Row[] = [];
  for (const experiment of EXPERIMENTS.filter(({ number }) => numbers.includes(number))) {
    const { number, title } = experiment;
    const findings: Finding[] = [];
    const failures: string[] = [];
    if (NO_REDIS && OF_REDIS.has(number)) failures.push('no redis-server here');
    const runs = number === SOAK_NUMBER ? 1 : Number(values.runs);
    for (let run = 1; run <= runs && failures.length === 0; run += 1) {
      const lab = new Lab(scale);
      const startedAt = performance.now();
      try {
        findings.push(await conduct(experiment, lab));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      // What cannot be cleared away is not the experiment's, and the others still have their turn.
      await lab.close().catch((error: unknown) => console.error(`${number}: not cleared away: ${error}`));
      const missed = worst(findings.slice(-1)).filter((target) => !isMet(target));
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      const told = [...missed.map(({ name, measured }) => `${name} ${measured}`), ...failures];
      console.error(`${number} ${title}, run ${run}: ${seconds} s; missed: ${told.join('; ') || 'nothing'}`);
    }
    const row = { number, title, findings, failures, load: loadavg()[0] ?? 0, how: howTaken(number, scale) };
    rows.push(row);
    if (writes) write(row);
  }
  return rows;
}

/** When and how one was taken. */
function howTaken(number: number, { soakMs = 0 }: Scale): string {
  const { baseline, fault, recovery, runs, rate, note } = values;
  const when = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const phases =
    number === SOAK_NUMBER ? `${soakMs / 1000} s` : `${runs} × (${baseline} + ${fault} + ${recovery} s)`;
  const load = `load average ${loadavg()[0]?.toFixed(1)}`;
  return [when, phases, `${rate}/s`, load, ...(note === undefined ? [] : [note])].join(', ');
}

/** Into the page, in place of what it said of this experiment. */
function write(row: Row): void {
  const page = readFileSync(PAGE, 'utf8');
  const text = `\n${circumstances()}\n\n${table([row], EXPERIMENTS.map(keyOf), between(page))}\n`;
  writeFileSync(PAGE, placed(page, text));
}

function versionOf(program: string): string {
  const said = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return /v=([\d.]+)/.exec(said)?.[1] ?? 'none';
}

function circumstances(): string {
  const [cpu] = cpus();
  const machine = `${availableParallelism()} cores (${cpu?.model.trim()}), ${(totalmem() / GIB).toFixed(0)} GiB`;
  return [
    `Taken by \`npm run chaos -w test\` with ${machine}, Node ${process.versions.node}, Redis ${versionOf('redis-server')}, Linux; gateways`,
    `on one core, everything else on the other. Each experiment's first line says when and how: runs × (baseline + fault + recovery), requests a`,
    `second, the machine's load average at its end. The worst of all runs is shown.`,
  ].join('\n');
}

const asked = values.experiment.map(Number);
const numbers = asked.length > 0 ? asked : EXPERIMENTS.map(({ number }) => number);
const writes = asked.length === 0 || values.write;
const scale = scaleOf();
// One of an experiment's promises that nobody holds any more must not end those that follow.
process.on('unhandledRejection', (error) => console.error(`nobody waits for this any more: ${error}`));
const rows = await runsOf(numbers, scale);
console.log(`\n${circumstances()}\n\n${table(rows)}\n`);
const isAllMet = rows.every(
  ({ findings, failures }) => failures.length === 0 && worst(findings).every(isMet),
);
process.exitCode = isAllMet ? 0 : 1;
