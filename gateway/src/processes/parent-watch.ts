/**
 * Ends this process by force when its parent has been gone for a while: one that is caught in an endless loop hears of
 * nothing, and would go on for ever with nobody to kill it. A thread of its own looks, since the loop stops all else.
 */
import { Worker } from 'node:worker_threads';

/** How often it looks. */
const EVERY_MS = 2_000;
/** Longer than a process that hears of it takes to finish what it has begun. */
const GRACE_MS = 30_000;
/** The thread needs next to nothing. */
const LIMITS = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

const WATCH = `
const { workerData: { parent, everyMs, graceMs } } = require('node:worker_threads');
let goneMs = 0;
setInterval(() => {
  if (process.ppid === parent) return;
  if (goneMs >= graceMs) process.kill(process.pid, 'SIGKILL');
  goneMs += everyMs;
}, everyMs);
`;

/** Returns the way to stop it. It keeps no process alive. */
export function watchParent(everyMs = EVERY_MS, graceMs = GRACE_MS): () => void {
  const workerData = { parent: process.ppid, everyMs, graceMs };
  const worker = new Worker(WATCH, { eval: true, workerData, resourceLimits: LIMITS, execArgv: [], env: {} });
  // Without the thread the process does its work all the same.
  worker.on('error', () => {});
  worker.unref();
  return () => void worker.terminate();
}
