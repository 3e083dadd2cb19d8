/**
 * `npm test`: types, lint, then every `*.test.ts` of all workspaces against real servers. The last line it
 * prints is the count. With arguments, only the files whose path holds one of them run, without types and lint.
 * `--seed N` repeats a run with the chance of another, `--seed random` looks at what no run has seen (runner/seed.ts).
 */
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { killAll, runCommand } from './runner/child.ts';
import { childrenCpuMs } from './runner/cpu-time.ts';
import { type Job, placesHere, runQueue } from './runner/queue.ts';
import { readArguments } from './runner/seed.ts';
import { fileOf, findOrInstall, type RunningRedis, startRedis } from './runner/servers.ts';
import { emptyTally, findTestFiles, jobsOf, type Tally } from './runner/suite.ts';

const ROOT = join(import.meta.dirname, '..');
const CHECK_TIMEOUT_MS = 600_000;
const SLOWEST = 10;

async function main(args: readonly string[]): Promise<number> {
  const { seed, patterns } = readArguments(args, process.env, Math.random);
  process.env.FRONTDESK_SEED = String(seed);
  console.log(`seed ${seed}`);
  // What a page calls `node` is the one among the dependencies, whoever started this.
  process.env.PATH = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  // Hundreds of processes load the same modules: types are stripped and code is compiled once for all of them.
  process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules/.cache/compile');
  const tally = emptyTally();
  const files = findTestFiles(ROOT, patterns);
  if (files.length === 0) console.log(`No test file has ${patterns.join(' or ')} in its path.`);
  const redis = await provideServers();
  const stop = (): never => {
    killAll();
    redis?.stop();
    process.exit(130);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const checks = patterns.length === 0 ? checksOf(tally) : [];
    await runQueue([...checks, ...jobsOf(ROOT, files, tally)], placesHere());
  } finally {
    redis?.stop();
  }
  return conclude(tally, files.length, seed);
}

function checksOf(tally: Tally): Job[] {
  const types = ['node_modules/typescript-native/bin/tsc', '--noEmit', '-p', '.'];
  const lint = ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'];
  return [
    // It has threads, and takes memory for two.
    { places: 2, run: () => check('types', types, tally) },
    { places: 1, run: () => check('lint', lint, tally) },
  ];
}

/** One of the checks beside the tests; it counts as a test of its own. */
async function check(name: string, args: readonly string[], tally: Tally): Promise<void> {
  const { code, output, elapsedMs } = await runCommand(process.execPath, args, {
    cwd: ROOT,
    timeoutMs: CHECK_TIMEOUT_MS,
  });
  tally.times.push({ what: name, elapsedMs });
  const seconds = (elapsedMs / 1000).toFixed(1);
  if (code === 0) {
    tally.passed += 1;
    console.log(`ok    ${name}  ${seconds} s`);
    return;
  }
  tally.failed += 1;
  tally.failures.push(name);
  console.log(`FAIL  ${name}  ${seconds} s\n${output.trimEnd().replaceAll(/^/gm, '      ')}`);
}

/** Tests learn of the servers by their environment; without one of them they leave themselves out. */
async function provideServers(): Promise<RunningRedis | undefined> {
  findOrInstall(['curl'], 'curl');
  const wrk = findOrInstall(['wrk'], 'wrk');
  if (wrk !== undefined) process.env.FRONTDESK_TEST_WRK = wrk;
  const browser = findOrInstall(['chromium', 'chromium-browser', 'google-chrome'], 'chromium');
  const browserFile = browser && fileOf(browser);
  if (browserFile) process.env.FRONTDESK_TEST_BROWSER = browserFile;
  const etcd = findOrInstall(['etcd'], 'etcd-server');
  if (etcd !== undefined) process.env.FRONTDESK_TEST_ETCD = etcd;
  const dnsmasq = findOrInstall(['dnsmasq'], 'dnsmasq-base');
  if (dnsmasq !== undefined) process.env.FRONTDESK_TEST_DNSMASQ = dnsmasq;
  const nginx = findOrInstall(['nginx', '/usr/sbin/nginx'], 'nginx');
  if (nginx !== undefined) process.env.FRONTDESK_TEST_NGINX = nginx;
  const haproxy = findOrInstall(['haproxy', '/usr/sbin/haproxy'], 'haproxy');
  if (haproxy !== undefined) process.env.FRONTDESK_TEST_HAPROXY = haproxy;
  const promtool = findOrInstall(['promtool'], 'prometheus');
  if (promtool !== undefined) process.env.FRONTDESK_TEST_PROMTOOL = promtool;
  const syslog = findOrInstall(['syslog-ng', '/usr/sbin/syslog-ng'], 'syslog-ng-mod-http');
  if (syslog !== undefined) process.env.FRONTDESK_TEST_SYSLOG_NG = syslog;
  const program = findOrInstall(['redis-server', 'valkey-server'], 'redis-server');
  if (program === undefined) return undefined;
  const redis = await startRedis(program);
  process.env.FRONTDESK_TEST_REDIS_URL = redis.url;
  return redis;
}

function conclude(tally: Tally, files: number, seed: number): number {
  if (process.env.CI === 'true' && tally.skipped.length > 0) {
    tally.failed += 1;
    tally.failures.push('tests were left out, and with CI=true every test must run');
  }
  if (tally.failures.length > 0) {
    console.log('\nFailed:');
    for (const failure of tally.failures) console.log(`  ${failure}`);
    console.log(`Again by the same chance: npm test -- --seed ${seed} FILE`);
  }
  if (tally.skipped.length > 0) {
    console.log('\nLeft out:');
    for (const line of tally.skipped) console.log(`  ${line}`);
  }
  tellTimes(tally);
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : '';
  console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
  return tally.failed > 0 || files === 0 ? 1 : 0;
}

/** Where the time went: for whoever keeps the whole below ten minutes. */
function tellTimes({ times }: Tally): void {
  const slowest = times.toSorted((a, b) => b.elapsedMs - a.elapsedMs).slice(0, SLOWEST);
  console.log(
    `\nSlowest: ${slowest.map(({ what, elapsedMs }) => `${what} ${secondsOf(elapsedMs)}`).join(', ')}`,
  );
  const elapsedMs = performance.now();
  const cpuMs = childrenCpuMs();
  const cores = availableParallelism();
  const used =
    cpuMs === undefined
      ? ''
      : `, ${secondsOf(cpuMs)} s of CPU: ${(cpuMs / elapsedMs).toFixed(1)} of ${cores} cores`;
  console.log(`Took ${secondsOf(elapsedMs)} s${used}`);
}

function secondsOf(elapsedMs: number): string {
  return Math.round(elapsedMs / 1000).toString();
}

process.exitCode = await main(process.argv.slice(2));
