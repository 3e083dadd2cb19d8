/** Follows gateway/docs/OWN-A-BFF.md literally: its files are written, its commands run, what they print is compared. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, commandsOf, examplesOf, isAsPromised } from '../docs/page.ts';
import { freePorts } from '../stack/ports.ts';

const PAGE = 'OWN-A-BFF.md';
const COMMAND_TIMEOUT_MS = 240_000;
const READY_TIMEOUT_MS = 120_000;
/** Which ports the page's examples listen on. */
const PORTS = ['4030', '4031', '4000', '4001', '4101', '4102'];
/** Behind these examples something runs on; it is ready when that port answers without a 503. */
const READY: Readonly<Record<string, readonly string[]>> = { dev: ['4030'], serve: ['4101', '4102', '4000'] };

export interface GuideOptions {
  /** The empty folder. */
  readonly folder: string;
  /** The package as npm is told of it. */
  readonly gateway: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Rejects with the first command that did not print what the page says; returns the seconds that it all took. */
export async function followGuide({ folder, gateway, env: given }: GuideOptions): Promise<number> {
  // Within a run of node's own runner, the team's test would take itself for a part of that run and print nothing.
  const env = { ...given, NODE_TEST_CONTEXT: undefined };
  const begun = performance.now();
  const free = await freePorts(PORTS.length);
  const moved = new Map(PORTS.map((port, i) => [port, String(free[i])]));
  const here = (text: string): string => {
    const told = text.replaceAll('npm install @frontdesk/gateway', `npm install ${gateway}`);
    return told.replaceAll(/\b4(?:03[01]|00[01]|10[12])\b/g, (port) => moved.get(port) ?? port);
  };
  const running: ChildProcess[] = [];
  try {
    for (const [title, { language, text }] of examplesOf(PAGE)) {
      if (language !== 'console') {
        const path = join(folder, title);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, here(text));
        continue;
      }
      for (const command of commandsOf(text)) await follow(command, { title, folder, env, here, running });
      for (const port of READY[title] ?? []) await answers(`http://127.0.0.1:${moved.get(port)}/`);
      // What `bff new` wrote stands on ports that others may have.
      const made = join(folder, 'shop/frontdesk.yaml');
      if (existsSync(made)) writeFileSync(made, here(readFileSync(made, 'utf8')));
    }
  } finally {
    for (const child of running) if (child.pid !== undefined) endGroup(child.pid);
  }
  return (performance.now() - begun) / 1000;
}

interface Following {
  readonly title: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly here: (text: string) => string;
  readonly running: ChildProcess[];
}

async function follow({ line, prints }: Command, following: Following): Promise<void> {
  const { title, folder, env, here, running } = following;
  if (line.endsWith(' &')) {
    const options = { cwd: folder, env, stdio: 'ignore', detached: true } as const;
    running.push(spawn('sh', ['-c', here(line.slice(0, -2))], options));
    return;
  }
  // A save is taken over within a moment, not at once; and a part has its 200 ms for machines that do little else.
  const until = performance.now() + (line.startsWith('curl ') ? READY_TIMEOUT_MS : 0);
  let { printed, warned } = await sh(here(line), folder, env);
  while (!isAsPromised(printed, here(prints)) && performance.now() < until) {
    await pause(200);
    ({ printed, warned } = await sh(here(line), folder, env));
  }
  const promised = `${PAGE}, ${title}: $ ${line}\nprints\n${printed}\nrather than\n${prints}\nand warns\n${warned}`;
  assert.ok(prints === '' || isAsPromised(printed, here(prints)), promised);
}

interface Outcome {
  readonly printed: string;
  /** What npm warns of is between it and the machine, as long as what is printed is as promised. */
  readonly warned: string;
}

function sh(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const child = spawn('sh', ['-c', line], { cwd, env, timeout: COMMAND_TIMEOUT_MS });
  const [printed, warned]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => warned.push(chunk));
  child.once('error', reject);
  child.once('close', () => {
    resolve({ printed: Buffer.concat(printed).toString(), warned: Buffer.concat(warned).toString() });
  });
  return promise;
}

async function answers(url: string): Promise<void> {
  const until = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => undefined,
    );
    if (status !== undefined && status !== 503) return;
    assert.ok(performance.now() < until, `${url} does not answer`);
    await pause(100);
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
