/**
 * The process that `frontdesk bff dev` starts, anew with each change: the same engine as `serve`, on a socket that only
 * that command asks, and every request told. Nothing of it is part of `serve`.
 */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startGateway } from '../app.ts';
import { operationsOf } from '../bff/definition.ts';
import { readConfiguration } from '../cli/configuration.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { loadBff } from '../handlers/bff/load.ts';
import { BffError } from '../handlers/bff/schema.ts';
import { listenConfig } from '../listener/listen-config.ts';
import { answerBeats, sayReady } from '../processes/link.ts';
import { RequestTraces } from '../telemetry/request-traces.ts';
import type { DevMessage, DevOrder } from './dev-order.ts';
import { type Problem, problemOf, problemOfLine } from './problem.ts';

const GRACE = '5s';
const IDLE = '1s';

/** Resolves when it serves; with `false` when it cannot, and has said why. */
export async function serveForDev(order: DevOrder, tell: (message: DevMessage) => void): Promise<boolean> {
  const fail = (problems: readonly Problem[]): false => {
    tell({ frontdesk: 'dev', problems });
    return false;
  };
  const { folder } = order;
  const lines: string[] = [];
  const terminal: Terminal = { out: () => {}, err: (text) => void lines.push(text), env: process.env };
  const read = readConfiguration(order.config, terminal);
  if (!read) return fail(problemLines(lines.join('').split('\n\n')[0] ?? '', folder));
  const config = underDevOrder(read, order);
  const base = dirname(order.config);
  try {
    for (const { package: name } of config.bffs) if (name !== undefined) await loadFirst(name, base);
    const traces = new RequestTraces({
      clock: systemClock,
      folder,
      onTrace: (trace) => tell({ frontdesk: 'dev', trace }),
    });
    const running = await startGateway({ config, folder: base, traces });
    let ending = false;
    const end = (): void => {
      if (ending) return;
      ending = true;
      void running.drain().finally(() => process.exit(0));
    };
    process.once('SIGTERM', end);
    // The terminal's Ctrl-C is for the command, which then ends us.
    process.on('SIGINT', () => {});
    answerBeats(process, () => process.exit(0));
    const judge = (error: unknown, kind: 'rejection' | 'exception'): void => {
      if (running.holds(error, kind)) return;
      fail([problemOf(error, folder)]);
      process.exit(1);
    };
    process.on('unhandledRejection', (error) => judge(error, 'rejection'));
    process.on('uncaughtException', (error) => judge(error, 'exception'));
    tell({ frontdesk: 'dev', serves: await servedBy(config, base) });
    sayReady(process, {});
    return true;
  } catch (error) {
    if (error instanceof BffError) return fail(error.faults.map((fault) => problemOfLine(fault, folder)));
    return fail([problemOf(error, folder)]);
  }
}

/** Loads a module as it is, so that what it throws still has its place. */
async function loadFirst(name: string, base: string): Promise<void> {
  let path: string;
  try {
    path = createRequire(join(base, 'frontdesk.yaml')).resolve(name);
  } catch {
    // `loadBff` says it better.
    return;
  }
  await import(pathToFileURL(path).href);
}

async function servedBy({ bffs }: Config, base: string): Promise<string[]> {
  const served: string[] = [];
  for (const { package: name, mount } of bffs) {
    if (name === undefined) continue;
    const bff = await loadBff(name, base);
    for (const { kind, path } of operationsOf(bff))
      served.push(`${kind === 'flow' ? 'POST' : 'GET'} ${mount}${path}`);
    served.push(`POST ${mount}/graphql`);
  }
  return served;
}

/** The configuration with what is other here: where it listens, who its backends are, and what it logs. */
function underDevOrder(config: Config, { socket, upstreams }: DevOrder): Config {
  return {
    ...config,
    workers: 1,
    listen: {
      ...config.listen,
      ...listenConfig.parse({ socket, drain: { idle: IDLE, grace: GRACE } }),
      // What keeps its connection would stay with the version that it began with.
      limits: { ...config.listen.limits, requestsPerConnection: 1 },
    },
    admin: undefined,
    telemetry: {
      ...config.telemetry,
      level: 'warn',
      accessLog: { ...config.telemetry.accessLog, enabled: false },
    },
    upstreams: Object.fromEntries(
      Object.entries(config.upstreams).map(([name, upstream]) => {
        const url = upstreams[name];
        return [name, url === undefined ? upstream : { ...upstream, url }];
      }),
    ),
  };
}

function problemLines(text: string, folder: string): Problem[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => problemOfLine(line, folder));
}
