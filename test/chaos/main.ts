/**
 * `npm run chaos -w test`: the experiments in their long form, one after another, each as often as asked; prints their table and
 * writes it into gateway/docs/EXPERIMENTS.md. `--experiment 7` (again and again) leaves the others out, and then nothing
 * is written unless `--write` asks for it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../stack/config.ts';
import { conduct, EXPERIMENTS } from './catalogue.ts';
import { NO_REDIS } from './experiments/redis.ts';
import { placed, type Row, table, worst } from './report.ts';
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
    rows.push({ number, title, findings, failures, load: loadavg()[0] ?? 0 });
  }
  return rows;
}

function versionOf(program: string): string {
  const said = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return /v=([\d.]+)/.exec(said)?.[1] ?? 'none';
}

function circumstances(scale: Scale, loadBefore: number): string {
  const [cpu] = cpus();
  const machine = `${availableParallelism()} cores (${cpu?.model.trim()}), ${(totalmem() / GIB).toFixed(0)} GiB`;
  const { experiment, write, ...times } = values;
  const flags = Object.entries(times).map(([name, value]) => ` --${name} ${value}`);
  if (write) flags.push(' --write');
  const only = experiment.map((number) => ` --experiment ${number}`);
  const hasSoak = experiment.length === 0 || experiment.includes('18');
  const load = `${loadBefore.toFixed(1)} before and ${loadavg()[0]?.toFixed(1)} after`;
  return [
    `Taken on ${new Date().toISOString().slice(0, 10)} by \`npm run chaos -w test --${flags.join('')}${only.join('')}\`: ${machine},`,
    `Node ${process.versions.node}, Redis ${versionOf('redis-server')}, Linux; load average ${load}${loadBefore > 0.5 ? ' (the machine had other work, too)' : ''};`,
    `gateways ${scale.pin ? 'pinned to one core, ' : ''}${values.rate} requests a second, ${values.runs} runs of each, the worst of which is shown${hasSoak ? ` (the soak once, ${(scale.soakMs ?? 0) / 1000} s)` : ''}.`,
  ].join('\n');
}

const asked = values.experiment.map(Number);
const numbers = asked.length > 0 ? asked : EXPERIMENTS.map(({ number }) => number);
const loadBefore = loadavg()[0] ?? 0;
const scale = scaleOf();
// One of an experiment's promises that nobody holds any more must not end those that follow.
process.on('unhandledRejection', (error) => console.error(`nobody waits for this any more: ${error}`));
const rows = await runsOf(numbers, scale);
const text = `\n${circumstances(scale, loadBefore)}\n\n${table(rows)}\n`;
console.log(text);
if (asked.length === 0 || values.write) writeFileSync(PAGE, placed(readFileSync(PAGE, 'utf8'), text));
const isAllMet = rows.every(
  ({ findings, failures }) => failures.length === 0 && worst(findings).every(isMet),
);
process.exitCode = isAllMet ? 0 : 1;
