/** `npm start` as a newcomer types it: by the machine's own node and npm, with nothing of this run in its way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { delimiter } from 'node:path';

/** The environment without what npm and this test run put into it. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE|FRONTDESK_|INIT_CWD)/i.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}

export interface NpmStart {
  readonly npm: ChildProcess;
  readonly output: () => string;
  /** Resolves once the screen is there with all its commands; rejects when npm ends before. */
  readonly ready: Promise<readonly string[]>;
  readonly exited: Promise<number | undefined>;
}

/** `env`: what there is beside the plain environment. */
export function npmStart(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): NpmStart {
  const npm = spawn('npm', ['start', ...(args.length > 0 ? ['--', ...args] : [])], {
    cwd: directory,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const ready = Promise.withResolvers<readonly string[]>();
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
    if (output.includes('Ctrl-C stops everything')) ready.resolve(commandsIn(output));
  };
  npm.stdout.on('data', read);
  npm.stderr.on('data', read);
  const exited = new Promise<number | undefined>((resolve) => {
    // Not 'exit': what it wrote last may still be on its way then.
    npm.once('close', (code) => {
      ready.reject(new Error(`npm start ended with ${code}:\n${output}`));
      resolve(code ?? undefined);
    });
  });
  // Who waits for the end alone is not to be told of readiness that never came.
  ready.promise.catch(() => {});
  return { npm, output: () => output, ready: ready.promise, exited };
}

function commandsIn(screen: string): string[] {
  return [...screen.matchAll(/^ {2}(curl .*)$/gm)].flatMap((match) => match[1] ?? []);
}

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose working directory is `directory` or below; seen on Linux alone, elsewhere none. */
export function processesIn(directory: string): Leftover[] {
  if (process.platform !== 'linux') return [];
  const found: Leftover[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const cwd = readlinkSync(`/proc/${entry}/cwd`);
      if (cwd !== directory && !cwd.startsWith(`${directory}/`)) continue;
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      // An empty command line is a process that has ended and waits to be reaped.
      if (command !== '') found.push({ pid: Number(entry), command });
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/** Waits until no process is left in `directory`, `limitMs` at most; gives those that are. */
export async function waitUntilNone(directory: string, limitMs: number): Promise<Leftover[]> {
  const until = performance.now() + limitMs;
  let left = processesIn(directory);
  while (left.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = processesIn(directory);
  }
  return left;
}
