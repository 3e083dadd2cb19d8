/**
 * Runs a command in a process group of its own, so that a time limit or an interrupt ends it together with
 * everything it started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { childrenCpuMs } from './cpu-time.ts';

export interface Finished {
  /** 0 for success; `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** What it wrote to stdout and stderr, in the order it came. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly elapsedMs: number;
  /** What it and its children used of the cores. Where another ended at the same moment, one may have the other's, too. */
  readonly cpuMs: number | undefined;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

const groups = new Set<ChildProcess>();
/** What all that ended so far have used. */
let countedCpuMs = childrenCpuMs() ?? 0;

/** Rejects only when the command can't be started at all. */
export function runCommand(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  groups.add(child);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  let timedOut = false;
  let cpuMs: number | undefined;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, options.timeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  child.once('error', (error) => {
    clearTimeout(timer);
    groups.delete(child);
    reject(error);
  });
  // What it left running would hold its pipes open, so that `close` might never come.
  child.once('exit', () => {
    cpuMs = takeCpuMs();
    killGroup(child);
  });
  child.once('close', (code, signal) => {
    clearTimeout(timer);
    groups.delete(child);
    resolve({
      code: code ?? undefined,
      signal: signal ?? undefined,
      output: Buffer.concat(chunks).toString(),
      timedOut,
      elapsedMs: performance.now() - startedAt,
      cpuMs,
    });
  });
  return promise;
}

/** What was used by those that ended since it was asked last. */
function takeCpuMs(): number | undefined {
  const now = childrenCpuMs();
  if (now === undefined) return undefined;
  const taken = now - countedCpuMs;
  countedCpuMs = now;
  return taken;
}

/** Ends every command that still runs; for the moment when the runner itself is told to stop. */
export function killAll(): void {
  for (const child of groups) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}
