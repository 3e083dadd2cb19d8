/**
 * Which process writes a file: its number and when it began stand beside it (`FILE.lock`) for as long as it has it. Whoever
 * was killed has it no more, and whoever got its number since is told from it. A number means nothing on another machine
 * or in another container: so the lock of another host's name is taken over, and whoever had it must look (`isHeld`) whether
 * it has it still. Who takes it over reads the file after that: what was on the disk before `isHeld` was true is read.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

const OWNER_ONLY = 0o600;

export interface FileHold {
  /** Whether nobody has taken the file over. */
  isHeld(): Promise<boolean>;
  letGo(): Promise<void>;
}

/** Another process has the file, and runs. */
export class FileHeldError extends Error {}

/** Rejects with `FileHeldError` where another process that runs has it. */
export async function holdFile(file: string): Promise<FileHold> {
  const lock = `${file}.lock`;
  const mine = `${process.pid} ${await startOf(process.pid)} ${hostname()}\n`;
  if (!(await isNew(lock, mine))) {
    const [pid = '', start = '', host = ''] = (await textOf(lock)).trim().split(' ');
    if (host === hostname() && isRunning(Number(pid)) && (await startOf(Number(pid))) === start) {
      throw new FileHeldError(
        `${file} is held by another gateway, process ${pid}: give each a file of its own`,
      );
    }
    // In one step, so that there is no moment without a lock.
    await writeFile(`${lock}.new`, mine, { mode: OWNER_ONLY });
    await rename(`${lock}.new`, lock);
  }
  const isHeld = async (): Promise<boolean> => (await textOf(lock)) === mine;
  return {
    isHeld,
    letGo: async () => {
      if (await isHeld()) await rm(lock, { force: true });
    },
  };
}

/** Of two that begin at once one alone makes it. */
async function isNew(lock: string, text: string): Promise<boolean> {
  try {
    await writeFile(lock, text, { flag: 'wx', mode: OWNER_ONLY });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** Since the epoch of the machine's boot, with the boot it was; `-` where the system does not say. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name of the program is the second field, in parentheses, and may have blanks; the start is the 22nd.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return start === undefined ? '-' : `${boot}:${start}`;
  } catch {
    return '-';
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, and is not ours.
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
