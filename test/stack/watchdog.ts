/**
 * Ends a process when this one is gone, even when this one was killed without a chance to clean up: a shell
 * waits for the end of a pipe that only this process holds open.
 */
import { spawn } from 'node:child_process';

const WAIT_THEN_END = 'cat >/dev/null; kill -TERM "$1" 2>/dev/null && sleep 5 && kill -KILL "$1" 2>/dev/null';

/** Returns the way to call the watch off, for when the process has ended already. */
export function endWithUs(pid: number): () => void {
  // In a session of its own: a Ctrl-C in the terminal must not end the watch before it is needed.
  const watch = spawn('sh', ['-c', WAIT_THEN_END, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watch.unref();
  return () => watch.kill('SIGKILL');
}
