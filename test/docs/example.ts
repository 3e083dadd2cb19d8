/** Runs the examples of a page: its configuration in a gateway of its own, its commands against that gateway. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { startHostedGateway } from '../stack/gateway-host.ts';
import { type GatewayProcess, startGateway } from '../stack/gateway-process.ts';
import { freePorts } from '../stack/ports.ts';
import { commandsOf, type Example, examplesOf, isAsPromised } from './page.ts';

const COMMAND_TIMEOUT_MS = 20_000;

export interface PageOptions {
  /** A file of gateway/docs. */
  readonly page: string;
  /** The title of the example that is the configuration. */
  readonly config: string;
  /** Texts of the page → what they are in this test: `127.0.0.1:4101` → where the backend really listens. */
  readonly moved?: Readonly<Record<string, string>>;
  /** Whether the gateway of the example speaks TLS. */
  readonly secure?: boolean;
  /** Whether it has a process of its own, which the page speaks of. */
  readonly apart?: boolean;
  /** Environment of the commands. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningPage {
  readonly gateway: GatewayProcess;
  /** The folder of the configuration. Other titled files of the page lie beside it, but for commands. */
  readonly folder: string;
  /** Runs a `console` example: every command must print what the page says it does. */
  run(title: string): Promise<void>;
}

/**
 * Starts the gateway with the page's configuration, on free ports instead of 4000 and 4001. It is stopped when the test
 * has ended. Give `t` of the suite to share one between tests.
 */
export async function startPage(t: Pick<TestContext, 'after'>, options: PageOptions): Promise<RunningPage> {
  const { page, config, moved = {}, env = {} } = options;
  const [port = 0, adminPort = 0] = await freePorts(2);
  const places: Record<string, string> = {
    '127.0.0.1:4000': `127.0.0.1:${port}`,
    'localhost:4000': `127.0.0.1:${port}`,
    '127.0.0.1:4001': `127.0.0.1:${adminPort}`,
    'localhost:4001': `127.0.0.1:${adminPort}`,
    'port: 4000': `port: ${port}`,
    'port: 4001': `port: ${adminPort}`,
    ...moved,
  };
  const here = (text: string): string => {
    let result = text;
    for (const [from, to] of Object.entries(places)) result = result.replaceAll(from, to);
    return result;
  };
  const examples = examplesOf(page);
  const folder = join(ROOT, 'node_modules/.cache/frontdesk/docs', page, config);
  for (const [title, { language, text }] of examples) {
    if (language === 'console') continue;
    const path = join(folder, title);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, here(text));
  }
  const { secure = false, apart = false } = options;
  const start = apart ? startGateway : startHostedGateway;
  const gateway = await start({ configPath: join(folder, config), port, adminPort, secure });
  t.after(() => gateway.stop());
  return {
    gateway,
    folder,
    run: (title) => runExample({ page, title, here, folder, env }),
  };
}

export interface CommandOptions {
  /** A file of gateway/docs. */
  readonly page: string;
  /** The title of a `console` example. */
  readonly title: string;
  /** A text of the page as it is in this test. */
  readonly here: (text: string) => string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the commands of an example, one after the other. Each must print what the page says it does. */
export async function runExample({ page, title, here, folder, env }: CommandOptions): Promise<void> {
  for (const { line, prints } of commandsOf(exampleOf(examplesOf(page), page, title).text)) {
    const printed = await sh(here(line), folder, env);
    assert.ok(
      isAsPromised(printed, here(prints)),
      `${page}, ${title}: $ ${line}\nprints\n${printed}\nrather than\n${here(prints)}`,
    );
  }
}

function exampleOf(examples: ReadonlyMap<string, Example>, page: string, title: string): Example {
  const example = examples.get(title);
  if (!example) throw new TypeError(`${page} has no example titled ${title}`);
  return example;
}

/** What a command prints, errors included. */
function sh(line: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: { ...process.env, ...env, FRONTDESK: join(ROOT, 'gateway/src/main.ts') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_TIMEOUT_MS,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('error', reject);
  child.once('close', () => resolve(Buffer.concat(chunks).toString()));
  return promise;
}
