/** `frontdesk bff dev`: serves a BFF alone while it is written, and shows what becomes of each request. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateTypes } from '../codegen/generate.ts';
import { isGenerated } from '../codegen/ts-text.ts';
import { bffName } from '../config/bff.ts';
import type { DevState } from '../dev/dev-page.ts';
import { DevSession } from '../dev/dev-session.ts';
import { problemText } from '../dev/problem.ts';
import { readConfiguration } from './configuration.ts';
import { putFiles } from './generated-files.ts';
import { reasonOf } from './reason.ts';
import { DEFAULT_FILE, EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';
import { timeText, waterfallText } from './waterfall-text.ts';

export interface BffDevFlags {
  readonly config?: string;
  readonly port?: number;
  readonly pagePort?: number;
  readonly fake?: boolean;
  /** `--no-compiler`. */
  readonly compiler?: boolean;
}

/** What the command needs of the process and its terminal. */
export interface DevScreen {
  once(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  readonly stdout: { readonly columns?: number; readonly isTTY?: boolean };
}

const USUAL_WIDTH = 100;

/** Resolves when it was told to end, with the exit code. */
export async function bffDev(
  folder: string,
  flags: BffDevFlags,
  terminal: Terminal,
  screen: DevScreen,
): Promise<number> {
  const at = resolve(folder);
  const file = flags.config === undefined ? join(at, DEFAULT_FILE) : resolve(flags.config);
  if (!existsSync(file)) {
    terminal.err(`there is no ${file}: name the folder of a BFF's package, or --config\n`);
    return EXIT_FAILED;
  }
  const config = readConfiguration(file, terminal);
  if (!config) return EXIT_FAILED;
  const bff = config.bffs.find((one) => one.package !== undefined);
  if (!bff) {
    terminal.err(`${file}: has no BFF with a package under bffs\n`);
    return EXIT_FAILED;
  }
  const stopped = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) screen.once(signal, () => stopped.resolve());
  const session = new DevSession({
    folder: at,
    config: file,
    name: bffName(bff),
    host: config.listen.host === '0.0.0.0' ? '127.0.0.1' : config.listen.host,
    port: flags.port ?? config.listen.port,
    pagePort: flags.pagePort,
    fake: flags.fake ?? false,
    compile: flags.compiler ?? true,
    writeTypes,
    listener: tellerOf(terminal, screen),
  });
  try {
    const { url, page } = await session.open();
    const { fakes } = session.state;
    const made = fakes.length > 0 ? `Backends answered from their documents: ${fakes.join(', ')}\n` : '';
    terminal.out(`${made}Serves ${url}\nWaterfalls ${page}\nA save starts the next version; Ctrl-C ends\n`);
    await stopped.promise;
    return EXIT_OK;
  } catch (error) {
    terminal.err(`It did not start: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  } finally {
    await session.close();
  }
}

/** What was written. Rejects with a `TypesError`, and has written nothing then. */
async function writeTypes(folder: string): Promise<readonly string[]> {
  const written: string[] = [];
  const { output, files } = await generateTypes(folder);
  const told = { out: (text: string) => void written.push(text), err: () => {}, env: {} };
  await putFiles({ output, files, isOurs: isGenerated, command: 'frontdesk bff types' }, false, told);
  return written.map((text) => text.trimEnd()).filter((text) => text.startsWith(output));
}

function tellerOf(terminal: Terminal, { stdout }: Pick<DevScreen, 'stdout'>) {
  const colour = stdout.isTTY === true && terminal.env.NO_COLOR === undefined;
  const red = (text: string): string => (colour ? `\u001b[31m${text}\u001b[39m` : text);
  return {
    serves: ({ version, serves }: DevState, tookMs: number) => {
      terminal.out(`version ${version} serves, after ${timeText(tookMs)}\n`);
      if (version === 1) for (const one of serves) terminal.out(`  ${one}\n`);
    },
    problems: ({ problems, version }: DevState) => {
      for (const problem of problems) terminal.err(`${red(problemText(problem))}\n`);
      terminal.err(version > 0 ? `version ${version} goes on serving\n` : 'nothing serves yet\n');
    },
    compiled: ({ compilerProblems }: DevState) => {
      for (const problem of compilerProblems) terminal.err(`${red(problemText(problem))}\n`);
      const count = compilerProblems.length;
      if (count === 0) terminal.out('the compiler finds nothing wrong any more\n');
    },
    wroteTypes: (paths: readonly string[]) => {
      terminal.out(`types written: ${paths.length === 1 ? paths[0] : `${paths.length} files`}\n`);
    },
    request: (shown: Parameters<typeof waterfallText>[0]) => {
      terminal.out(`\n${waterfallText(shown, { width: stdout.columns ?? USUAL_WIDTH, colour })}`);
    },
    line: (text: string) => terminal.err(`${text}\n`),
  };
}
