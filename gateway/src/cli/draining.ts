/** The end of `serve`: what is under way is finished, within a time that no platform's patience is shorter than. */
import type { Running } from '../running.ts';
import { reasonOf } from './reason.ts';
import type { Terminal } from './terminal.ts';

const DRAIN_WITHIN_MS = 25_000;

/** Never rejects: what goes wrong is told. `announceMs`: as `Running.drain` has it. */
export async function drainWithin(
  running: Pick<Running, 'drain'>,
  terminal: Terminal,
  announceMs?: number,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    terminal.err(`not done after ${DRAIN_WITHIN_MS / 1_000} s: ending all the same\n`);
    late.resolve();
  }, DRAIN_WITHIN_MS);
  try {
    await Promise.race([running.drain(announceMs), late.promise]);
  } catch (error) {
    terminal.err(`draining failed: ${reasonOf(error)}\n`);
  } finally {
    clearTimeout(timer);
  }
}
