/**
 * `serve` as one of several processes: it takes its connections and its configuration from the process that keeps it, and goes
 * when that says so or is gone.
 */
import { dirname, resolve } from 'node:path';
import { formatFault } from '../config/fault.ts';
import { loadBundle } from '../config/load.ts';
import { sayReady } from '../processes/link.ts';
import { watchParent } from '../processes/parent-watch.ts';
import type { GatewayOptions, Running } from '../running.ts';
import { HandedConnections, type WorkerEnd } from '../workers/hand-off.ts';
import type { Served } from '../workers/link.ts';
import { WorkerLink } from '../workers/worker-end.ts';
import { drainWithin } from './draining.ts';
import { reasonOf } from './reason.ts';
import type { Application } from './serve.ts';
import { overridden, type ServeFlags, supergraphOptions } from './serve-options.ts';
import { holdStrayErrors, type Signals } from './signals.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

/** Resolves with the exit code when it has finished what it had. */
export async function serveWorker(
  flags: ServeFlags,
  terminal: Terminal,
  signals: Signals,
  application: Application,
  end: WorkerEnd & ConstructorParameters<typeof WorkerLink>[0],
): Promise<number> {
  const link = new WorkerLink(end);
  const stopWatching = watchParent();
  // Those of a terminal go to the primary too, which tells us what to do about them.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR2'] as const) signals.on(signal, () => {});
  signals.on('SIGTERM', () => link.askToLeave());
  const order = await Promise.race([link.order, link.leave]);
  let running: Running | undefined;
  try {
    if (typeof order === 'string') return EXIT_OK;
    const { adminSocket, workers, place } = order;
    running = await application.startGateway({
      ...optionsOf(order, flags, terminal),
      place: {
        workers,
        source: new HandedConnections(end, place),
        ...(adminSocket === undefined ? {} : { adminSocket }),
        notReady: () => (link.isLeaving ? ['draining'] : []),
      },
    });
    begin(link, running, flags, terminal);
    holdStrayErrors(running, terminal, signals);
    sayReady(end, {});
    await link.leave;
    // The primary has waited already.
    await drainWithin(running, terminal, 0);
    return EXIT_OK;
  } catch (error) {
    terminal.err(`A worker did not start: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  } finally {
    stopWatching();
    link.close();
  }
}

function begin(link: WorkerLink, running: Running, flags: ServeFlags, terminal: Terminal): void {
  link.begin({
    prepare: async (served) => running.prepare(optionsOf(served, flags, terminal)),
    status: () => ({ notReady: running.notReady(), requestsInFlight: running.requestsInFlight }),
  });
}

/** Throws with every fault of it. */
function optionsOf(served: Served, flags: ServeFlags, terminal: Terminal): GatewayOptions {
  const { bundle } = served;
  if (!bundle) {
    const [config, folder] = [supergraphOptions(flags), process.cwd()];
    return { config, folder };
  }
  const loaded = loadBundle(bundle, terminal.env);
  if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join('\n'));
  return {
    config: overridden(loaded.config, flags, bundle.file),
    folder: dirname(resolve(bundle.file)),
  };
}
