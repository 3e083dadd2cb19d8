/** Programs pinned to a core, and the CPU time that they have used. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export const GATEWAY_CORE = 0;
export const LOAD_CORE = 1;
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));

export interface Program {
  readonly pid: number;
  readonly command: string;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Asked until it answers at all. */
  readonly readyUrl: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program on one core and waits until it answers; rejects with what it wrote when it ends before. */
export async function startPinned(
  core: number,
  command: readonly string[],
  options: ProgramOptions,
): Promise<Program> {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    cwd: options.cwd,
    env: { ...process.env, NODE_ENV: 'production', ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async (): Promise<void> => {
    running.delete(child);
    child.kill('SIGKILL');
    await exited;
  };
  const until = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(options.readyUrl))) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error(`${command.join(' ')} did not answer:\n${errors}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { pid: child.pid ?? 0, command: command.join(' '), stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** User and system CPU seconds of a process and its descendants, ended threads included. */
export function cpuSeconds(pid: number): number {
  const tree = processTree();
  return familyOf(pid, tree).reduce((sum, id) => sum + (tree.get(id)?.ticks ?? 0), 0) / ticksPerSecond;
}

/** Most memory that a process and its descendants have held, each at its own peak, in MB. */
export function peakMemoryMb(pid: number): number {
  const kb = familyOf(pid, processTree()).map((id) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]),
  );
  return Math.round(kb.reduce((sum, one) => sum + one, 0) / 1024);
}

/** Memory that a process and its descendants hold now, in MB. */
export function residentMb(pid: number): number {
  const kb = familyOf(pid, processTree()).map((id) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]),
  );
  return Math.round(kb.reduce((sum, one) => sum + one, 0) / 1024);
}

function familyOf(pid: number, tree: ReturnType<typeof processTree>): number[] {
  const children = [...tree].filter(([, row]) => row.parent === pid);
  return [pid, ...children.flatMap(([child]) => familyOf(child, tree))];
}

function processTree(): Map<number, { readonly parent: number; readonly ticks: number }> {
  const tree = new Map<number, { parent: number; ticks: number }>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The name, in parentheses, may hold anything; what follows it is plain (proc(5): 4 ppid, 14 utime, 15 stime).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      tree.set(Number(entry), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It ended while it was looked at.
    }
  }
  return tree;
}
