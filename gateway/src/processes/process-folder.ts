/**
 * A temporary folder of one process, for its owner alone: where sockets between processes of a node lie. It goes with the
 * process. What one left that was killed is removed by the next one on this host: in each such folder its process listens on a
 * socket, so whether it is there is known by asking, whatever its number is in whichever container.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const BEGINS = 'frontdesk-';
const OWNER_ONLY = 0o700;
/** Between the moment at which a folder is there and the one at which somebody listens. */
const YOUNG_MS = 60_000;
/** At each start; the next one finds the rest. */
const MOST_AT_ONCE = 1_000;

export interface ProcessFolderOptions {
  /** What comes after `frontdesk-`, with a hyphen at its end; empty for nothing. */
  readonly kind: string;
  /** Default: the system's folder for what is temporary. */
  readonly above?: string;
  /** Epoch milliseconds. Default: now. */
  readonly wall?: () => number;
}

export class ProcessFolder {
  readonly path: string;
  /** Resolves when what others left has been looked at. Never rejects. */
  readonly swept: Promise<void>;
  readonly #owner: Server;

  /** Throws where there can be none. */
  constructor({ kind, above = tmpdir(), wall = Date.now }: ProcessFolderOptions) {
    this.path = mkdtempSync(join(above, `${BEGINS}${kind}`));
    this.#owner = createServer((socket) => socket.destroy());
    // Then nobody knows whose it was, and it stays.
    this.#owner.on('error', () => {});
    this.#owner.listen(join(this.path, ownerName()));
    this.#owner.unref();
    this.swept = sweep(above, wall()).catch(() => {});
  }

  remove(): void {
    this.#owner.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Another host's sockets cannot be asked, where a folder is shared over a network. */
function ownerName(): string {
  return `owner-${createHash('sha256').update(hostname()).digest('hex').slice(0, 8)}`;
}

async function sweep(above: string, now: number): Promise<void> {
  const entries = await readdir(above, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(BEGINS));
  for (const { name } of folders.slice(0, MOST_AT_ONCE)) {
    const folder = join(above, name);
    if (await isLeft(folder, now).catch(() => false)) await rm(folder, { recursive: true, force: true });
  }
}

/** Of this user, and of a process that is gone. */
async function isLeft(folder: string, now: number): Promise<boolean> {
  const { uid, mode } = await lstat(folder);
  if (uid !== process.geteuid?.() || (mode & 0o777) !== OWNER_ONLY) return false;
  const owner = join(folder, ownerName());
  const marker = await lstat(owner);
  if (!marker.isSocket() || now - marker.mtimeMs < YOUNG_MS) return false;
  return isRefused(owner);
}

function isRefused(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => {
    socket.destroy();
    resolve(false);
  });
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  return promise;
}
