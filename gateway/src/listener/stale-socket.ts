/** The file of a Unix socket outlives a process that was killed, and would keep the next one from listening. */
import { unlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** Takes the file away where nobody listens any more; one that somebody answers stays, and so does what is no socket. */
export async function clearStaleSocket(path: string): Promise<void> {
  const isStale = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (isStale) unlinkSync(path);
}
