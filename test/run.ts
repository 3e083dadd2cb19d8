/**
 * `npm test`: types, lint, then every `*.test.ts` of all workspaces against real servers. The last line it
 * prints is the count. With arguments, only the files whose path holds one of them run, without types and lint.
 * `--seed N` repeats a run with the chance of another, `--seed random` looks at what no run has seen (runner/seed.ts).
 */
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { killAll, runCommand } from './runner/child.ts';
import { readArguments } from './runner/seed.ts';
import { fileOf, findOrInstall, type RunningRedis, startRedis } from './runner/servers.ts';
import { emptyTally, findTestFiles, isEndToEnd, needsMachine, runFiles, type Tally } from './runner/suite.ts';

const ROOT = join(import.meta.dirname, '..');
const CHECK_TIMEOUT_MS = 180_000;
const MOST_AT_ONCE = 4;
const STACKS_AT_ONCE = 2;
/** These take a minute or more: begun last, they would run on alone. */
const LONG = ['packed', 'reload-soak', 'fresh-clone'];

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
  if (patterns.length === 0) {
    await check('types', ['node_modules/typescript-native/bin/tsc', '--noEmit', '-p', '.'], tally);
    await check(
      'lint',
      ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
      tally,
    );
  }
  const redis = await provideServers();
  const stop = (): never => {
    killAll();
    redis?.stop();
    process.exit(130);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const atOnce = Math.min(MOST_AT_ONCE, Math.max(2, availableParallelism()));
    await runFiles(
      ROOT,
      files.filter((file) => !isEndToEnd(file)),
      atOnce,
      tally,
    );
    const stacks = files.filter((file) => isEndToEnd(file) && !needsMachine(file));
    await runFiles(ROOT, longestFirst(stacks), STACKS_AT_ONCE, tally);
    await runFiles(ROOT, files.filter(needsMachine), 1, tally);
  } finally {
    redis?.stop();
  }
  return conclude(tally, files.length, seed);
}

function longestFirst(files: readonly string[]): readonly string[] {
  const isLong = (file: string) => LONG.some((name) => file.includes(name));
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
}

/** One of the checks before the tests; it counts as a test of its own. */
async function check(name: string, args: readonly string[], tally: Tally): Promise<void> {
  const { code, output, elapsedMs } = await runCommand(process.execPath, args, {
    cwd: ROOT,
    timeoutMs: CHECK_TIMEOUT_MS,
  });
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
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : '';
  console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
  return tally.failed > 0 || files === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
