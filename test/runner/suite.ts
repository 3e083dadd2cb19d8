/** Finds the test files of all workspaces, runs them in processes of their own, and counts what they say. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { batchesOf } from './batches.ts';
import { type Finished, runCommand } from './child.ts';
import { inOrder, kindOf } from './kinds.ts';
import type { Job } from './queue.ts';
import type { TallyLine } from './tally-reporter.ts';

/** What is no source of ours, wherever it lies. */
const NOT_OURS = new Set(['node_modules', 'dist', '.peers', '.git']);

export interface Tally {
  passed: number;
  failed: number;
  /** Each test that did not run, as `file: test (reason)`. */
  readonly skipped: string[];
  /** Each test that failed, as `file: test`. */
  readonly failures: string[];
  /** How long each file took, or each check beside the files. */
  readonly times: Took[];
}

export interface Took {
  readonly what: string;
  readonly elapsedMs: number;
}

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: [], failures: [], times: [] };
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

/** A job for each process that `files` take, which prints each file when it has ended. */
export function jobsOf(root: string, files: readonly string[], tally: Tally): Job[] {
  const batches = batchesOf(inOrder(files), (file) => {
    const { sharing } = kindOf(file);
    if (sharing === 'never') return undefined;
    return sharing === 'always' ? '' : readFileSync(join(root, file), 'utf8');
  });
  return batches.map((batch) => ({
    places: Math.max(...batch.map((file) => kindOf(file).places)),
    run: () => runBatch(root, batch, tally),
  }));
}

/** One process for all of them. Where it ends badly, nobody can tell by whom: then each runs again by itself. */
async function runBatch(root: string, batch: readonly string[], tally: Tally): Promise<void> {
  const { finished, lines } = await runTests(root, batch);
  const [only] = batch;
  if (only !== undefined && batch.length === 1) return report(only, finished, lines, tally);
  const linesOf = (file: string) => lines.filter((line) => line.file === join(root, file));
  const silent = batch.some((file) => testsIn(linesOf(file)).length === 0);
  if (silent || whyBroken(finished, lines) !== undefined) {
    for (const file of batch) await runBatch(root, [file], tally);
    return;
  }
  for (const file of batch) {
    const own = linesOf(file);
    const hasFailed = own.some((line) => line.verdict === 'failed');
    const elapsedMs = own.reduce((sum, line) => sum + line.elapsedMs, 0);
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
    const timeoutMs = Math.max(...files.map((file) => kindOf(file).timeoutMs));
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
  const broken = whyBroken(finished, lines);
  if (broken !== undefined) failures.push(broken);
  tally.times.push({ what: file, elapsedMs: finished.elapsedMs });
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
function whyBroken(finished: Finished, lines: readonly TallyLine[]): string | undefined {
  if (finished.timedOut) return `never ended: killed after ${Math.round(finished.elapsedMs / 1000)} s`;
  if (finished.signal !== undefined) return `its process was ended by ${finished.signal}`;
  const failed = lines.some((line) => line.verdict === 'failed');
  if (finished.code !== 0 && !failed) return `its process ended with exit code ${finished.code}`;
  return testsIn(lines).length === 0 ? 'it holds no test' : undefined;
}

function testsIn(lines: readonly TallyLine[]): readonly TallyLine[] {
  return lines.filter((line) => line.verdict !== 'suite');
}
