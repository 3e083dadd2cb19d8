/**
 * `npm run bench -w test [-- passthrough|features|federation|routing|limits|overload|front-door|dashboard|telemetry|capacity|workers] [--seconds N]`: the CPU time that a request costs Frontdesk,
 * beside a peer in the same run on the same Node. It prints the machine, the versions, the commands, both sides and
 * their ratio. CPU time of the gateway's process is what survives a noisy machine; throughput stands beside it.
 */
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { capacity } from './capacity/capacity.ts';
import { dashboard } from './dashboard/dashboard.ts';
import { federation } from './federation/federation.ts';
import { frontDoor } from './front-door/front-door.ts';
import { limits } from './limits/limits.ts';
import type { Comparison } from './load.ts';
import { overload } from './overload/overload.ts';
import { features } from './passthrough/features.ts';
import { passthrough } from './passthrough/passthrough.ts';
import { installPeers, peerVersion } from './peers.ts';
import { routing } from './routing/routing.ts';
import { telemetry } from './telemetry/telemetry.ts';
import { workers } from './workers/workers.ts';

const BENCHMARKS = {
  passthrough,
  features,
  federation,
  routing,
  limits,
  overload,
  'front-door': frontDoor,
  dashboard,
  capacity,
  telemetry,
  workers,
};
/** Benchmarks that need no peer. */
const ALONE: ReadonlySet<string> = new Set([
  'routing',
  'limits',
  'overload',
  'front-door',
  'telemetry',
  'capacity',
  'workers',
]);
type Name = keyof typeof BENCHMARKS;

function isName(text: string): text is Name {
  return Object.hasOwn(BENCHMARKS, text);
}

function printMachine(hasPeers: boolean): void {
  const [cpu] = cpus();
  console.log(
    `machine   ${cpu?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
  );
  console.log(`system    ${process.platform} ${release()}, Node ${process.versions.node}`);
  if (!hasPeers) return;
  const peers = [
    '@fastify/http-proxy',
    'fastify',
    '@graphql-hive/gateway',
    '@graphql-hive/router-runtime',
    '@apollo/datasource-rest',
    '@apollo/server',
  ];
  console.log(`peers     ${peers.map((name) => `${name} ${peerVersion(name)}`).join(', ')}`);
}

function print({ title, measures, notes }: Comparison): void {
  console.log(`\n${title}`);
  for (const { gateway, load } of measures) console.log(`  $ ${gateway}\n  $ ${load}`);
  if (measures.length > 0) {
    console.log(
      `  ${''.padEnd(28)}${'CPU/request'.padStart(14)}${'requests/s'.padStart(12)}${'peak MB'.padStart(9)}`,
    );
  }
  for (const { name, cpuMicros, perSecond, peakMemoryMb } of measures) {
    const cells = `${`${cpuMicros.toFixed(1)} µs`.padStart(14)}${perSecond.toFixed(0).padStart(12)}${String(peakMemoryMb).padStart(9)}`;
    console.log(`  ${name.padEnd(28)}${cells}`);
  }
  const [ours, peer] = measures;
  if (ours && peer) {
    const cost = (peer.cpuMicros / ours.cpuMicros).toFixed(2);
    const rate = (ours.perSecond / peer.perSecond).toFixed(2);
    console.log(
      `  ${peer.name} costs ${cost} times what ${ours.name} costs; requests/s: ${rate} times as many`,
    );
  }
  for (const note of notes) console.log(`  ${note}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '20' } },
});
const seconds = Number(values.seconds);
const unknown = positionals.find((name) => !isName(name));
if (unknown !== undefined || !Number.isInteger(seconds) || seconds < 1) {
  console.error(`usage: npm run bench -w test [-- ${Object.keys(BENCHMARKS).join('|')}] [--seconds N]`);
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error(
    'The benchmarks read CPU time from /proc and pin programs with taskset: they run on Linux alone.',
  );
  process.exit(2);
}
const names: readonly string[] = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const hasPeers = names.some((name) => !ALONE.has(name));
if (hasPeers) installPeers();
printMachine(hasPeers);
for (const name of names) {
  if (isName(name)) for await (const comparison of BENCHMARKS[name](seconds)) print(comparison);
}
