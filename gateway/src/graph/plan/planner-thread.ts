/** A planner in a thread of its own: off the event loop, with a heap of its own, and ended at any time. */
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PlannerChannel, PlannerEvents } from './planner-host.ts';

/** A plan that wants more ends its thread, not the gateway. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 64 };

export function openPlannerThread(module: URL, events: PlannerEvents): PlannerChannel {
  // It needs neither our environment (which holds secrets) nor our heap settings. Of what is compiled already it makes
  // use, as this thread does.
  const compiled = getCompileCacheDir();
  const worker = new Worker(module, {
    env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) },
    execArgv: [],
    resourceLimits: RESOURCE_LIMITS,
    stdout: true,
    stderr: true,
  });
  worker.on('message', events.message);
  worker.on('messageerror', (error) => events.ended(error.message));
  worker.once('error', (error: unknown) => events.ended(error instanceof Error ? error.message : 'an error'));
  worker.once('exit', (code) => events.ended(`exit code ${code}`));
  return {
    get id() {
      return worker.threadId;
    },
    send(order) {
      worker.postMessage(order);
    },
    kill() {
      // What it cannot be told any more, `exit` has told.
      worker.terminate().catch(() => {});
    },
    hold(on) {
      if (on) worker.ref();
      else worker.unref();
    },
  };
}
