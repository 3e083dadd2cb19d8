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
const OF_REDIS = new Set([7, 8, 9, 10, 11]);
const GIB = 1024 ** 3;

const { values } = parseArgs({
  options: {
    experiment: { type: 'string', multiple: true, default: [] },
    baseline: { type: 'string', default: '60' },
    fault: { type: 'string', default: '30' },
    recovery: { type: 'string', default: '60' },
    runs: { type: 'string', default: '5' },
    rate: { type: 'string', default: '400' },
    write: { type: 'boolean', default: false },
  },
});

function scaleOf(): Scale {
  const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).error === undefined;
  return {
    isShort: false,
    baselineMs: Number(values.baseline) * 1000,
    faultMs: Number(values.fault) * 1000,
    recoveryMs: Number(values.recovery) * 1000,
    perSecond: Number(values.rate),
    windowMs: 1_000,
    windows: Math.min(10, Math.max(1, Math.floor(Number(values.recovery) / 2))),
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
    for (let run = 1; run <= Number(values.runs) && failures.length === 0; run += 1) {
      const lab = new Lab(scale);
      const startedAt = performance.now();
      try {
        findings.push(await conduct(experiment, lab));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      } finally {
        await lab.close();
      }
      const missed = worst(findings.slice(-1)).filter((target) => !isMet(target));
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      const told = [...missed.map(({ name, measured }) => `${name} ${measured}`), ...failures];
      console.error(`${number} ${title}, run ${run}: ${seconds} s; missed: ${told.join('; ') || 'nothing'}`);
    }
    rows.push({ number, title, findings, failures });
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
  const only = experiment.map((number) => ` --experiment ${number}`);
  const load = `${loadBefore.toFixed(1)} before and ${loadavg()[0]?.toFixed(1)} after`;
  return [
    `Taken on ${new Date().toISOString().slice(0, 10)} by \`npm run chaos -w test --${flags.join('')}${only.join('')}\`: ${machine},`,
    `Node ${process.versions.node}, Redis ${versionOf('redis-server')}, Linux; load average ${load}${loadBefore > 0.5 ? ' (the machine had other work, too)' : ''};`,
    `gateways ${scale.pin ? 'pinned to one core, ' : ''}${values.rate} requests a second, ${values.runs} runs of each, the worst of which is shown.`,
  ].join('\n');
}

const asked = values.experiment.map(Number);
const numbers = asked.length > 0 ? asked : EXPERIMENTS.map(({ number }) => number);
const loadBefore = loadavg()[0] ?? 0;
const scale = scaleOf();
const rows = await runsOf(numbers, scale);
const text = `\n${circumstances(scale, loadBefore)}\n\n${table(rows)}\n`;
console.log(text);
if (asked.length === 0 || values.write) writeFileSync(PAGE, placed(readFileSync(PAGE, 'utf8'), text));
const isAllMet = rows.every(
  ({ findings, failures }) => failures.length === 0 && worst(findings).every(isMet),
);
process.exitCode = isAllMet ? 0 : 1;
