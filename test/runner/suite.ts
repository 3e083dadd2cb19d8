/** Finds the test files of all workspaces, runs them in processes of their own, and counts what they say. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { batchesOf } from './batches.ts';
import { type Finished, runCommand } from './child.ts';
import type { TallyLine } from './tally-reporter.ts';

const UNIT_TIMEOUT_MS = 120_000;
const E2E_TIMEOUT_MS = 600_000;
/** What is no source of ours, wherever it lies. */
const NOT_OURS = new Set(['node_modules', 'dist', '.peers', '.git']);

export interface Tally {
  passed: number;
  failed: number;
  /** Each test that did not run, as `file: test (reason)`. */
  readonly skipped: string[];
  /** Each test that failed, as `file: test`. */
  readonly failures: string[];
}

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: [], failures: [] };
}

/** Every `*.test.ts` under `root` whose path holds one of the `patterns` (all of them where there is none), sorted. */
export function findTestFiles(root: string, patterns: readonly string[]): string[] {
  const files: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (NOT_OURS.has(entry.name)) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.test.ts')) files.push(relative(root, path));
    }
  };
  walk(root);
  const wanted =
    patterns.length === 0 ? files : files.filter((file) => patterns.some((p) => file.includes(p)));
  return wanted.sort();
}

/** Those that start whole stacks of processes: two at a time, for their memory. */
export function isEndToEnd(file: string): boolean {
  return needsMachine(file) || isIn(file, ['e2e', 'docs']);
}

/** Those that load a stack or break it: what they see depends on what else the machine does, so they run alone. */
export function needsMachine(file: string): boolean {
  return isIn(file, ['load', 'chaos']);
}

function isIn(file: string, rooms: readonly string[]): boolean {
  return rooms.some((room) => file.startsWith(join('test', room)));
}

/** Runs `files`, in at most `concurrency` processes at a time, and prints each when it has ended. */
export async function runFiles(
  root: string,
  files: readonly string[],
  concurrency: number,
  tally: Tally,
): Promise<void> {
  const batches = batchesOf(files, (file) =>
    isEndToEnd(file) ? 'process.env' : readFileSync(join(root, file), 'utf8'),
  );
  const queue = batches.values();
  const worker = async (): Promise<void> => {
    for (const batch of queue) await runBatch(root, batch, tally);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** One process for all of them. Where it ends badly, nobody can tell by whom: then each runs again by itself. */
async function runBatch(root: string, batch: readonly string[], tally: Tally): Promise<void> {
  const { finished, lines } = await runTests(root, batch);
  const [only] = batch;
  if (only !== undefined && batch.length === 1) return report(only, finished, lines, tally);
  const linesOf = (file: string) => lines.filter((line) => line.file === join(root, file));
  const failed = lines.filter((line) => line.verdict === 'failed').length;
  const silent = batch.some((file) => linesOf(file).length === 0);
  if (silent || whyBroken(finished, lines.length, failed) !== undefined) {
    for (const file of batch) await runBatch(root, [file], tally);
    return;
  }
  for (const file of batch) {
    const own = linesOf(file);
    const hasFailed = own.some((line) => line.verdict === 'failed');
    const elapsedMs = finished.elapsedMs / batch.length;
    const [code, output] = hasFailed ? [finished.code, finished.output] : [0, ''];
    report(file, { ...finished, code, elapsedMs, output }, own, tally);
  }
}

async function runTests(
  root: string,
  files: readonly string[],
): Promise<{ finished: Finished; lines: readonly TallyLine[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-test-'));
  const lines = join(directory, 'tally');
  try {
    const reporter = join(import.meta.dirname, 'tally-reporter.ts');
    const args = files.length > 1 ? ['--test', '--test-isolation=none'] : [];
    // Not for all: loading it takes longer than most files' tests.
    if (files.some((file) => readFileSync(join(root, file), 'utf8').includes('fast-check')))
      args.push('--import', join(import.meta.dirname, 'property-seed.ts'));
    args.push('--test-reporter=spec', '--test-reporter-destination=stdout');
    args.push(`--test-reporter=${reporter}`, `--test-reporter-destination=${lines}`);
    args.push(...files.map((file) => join(root, file)));
    const timeoutMs = files.some(isEndToEnd) ? E2E_TIMEOUT_MS : UNIT_TIMEOUT_MS;
    // Within a run of node's own runner, this would make a part of that run of ours.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const finished = await runCommand(process.execPath, args, { cwd: root, env, timeoutMs });
    return { finished, lines: readTally(lines) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readTally(path: string): TallyLine[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  // Without a newline at its end a line was cut off by the death of its process.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): TallyLine => JSON.parse(line));
}

function report(file: string, finished: Finished, lines: readonly TallyLine[], tally: Tally): void {
  const passed = lines.filter((line) => line.verdict === 'passed').length;
  const skipped = lines.filter((line) => line.verdict === 'skipped');
  const failures = lines.filter((line) => line.verdict === 'failed').map((line) => line.name);
  const broken = whyBroken(finished, lines.length, failures.length);
  if (broken !== undefined) failures.push(broken);
  tally.passed += passed;
  tally.failed += failures.length;
  for (const line of skipped)
    tally.skipped.push(`${file}: ${line.name} (${line.reason ?? 'no reason given'})`);
  for (const failure of failures) tally.failures.push(`${file}: ${failure}`);

  const left = skipped.length > 0 ? `, ${skipped.length} left out` : '';
  const seconds = (finished.elapsedMs / 1000).toFixed(1);
  if (failures.length === 0) {
    console.log(`ok    ${file}  ${passed} passed${left}  ${seconds} s`);
    return;
  }
  console.log(`FAIL  ${file}  ${passed} passed, ${failures.length} failed${left}  ${seconds} s`);
  console.log(finished.output.trimEnd().replaceAll(/^/gm, '      '));
  if (broken !== undefined) console.log(`      ${broken}`);
}

/** What is wrong with a file beyond its failed tests; `undefined` when nothing is. */
function whyBroken(finished: Finished, tests: number, failed: number): string | undefined {
  if (finished.timedOut) return `never ended: killed after ${Math.round(finished.elapsedMs / 1000)} s`;
  if (finished.signal !== undefined) return `its process was ended by ${finished.signal}`;
  if (finished.code !== 0 && failed === 0) return `its process ended with exit code ${finished.code}`;
  if (tests === 0) return 'it holds no test';
  return undefined;
}
