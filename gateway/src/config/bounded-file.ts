/**
 * Files that a configuration names, read up to a bound and without waiting. What stands under a path may be no file: a device
 * has no end, and a pipe that nobody fills would hold up the whole process, with all that it serves.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export interface BoundedFileOptions {
  readonly maxBytes: number;
  /** Waits for a pipe to be filled: for commands that somebody runs by hand. Default: what is not there yet is an error. */
  readonly waits?: boolean;
}

const CHUNK_BYTES = 64 * 1024;

/** `undefined` where there is more than `maxBytes`. Throws the system's errors: `ENOENT`, `EISDIR`, `EAGAIN`, … */
export function readBounded(
  path: string,
  { maxBytes, waits = false }: BoundedFileOptions,
): Buffer | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | (waits ? 0 : constants.O_NONBLOCK));
  try {
    const found = fstatSync(descriptor);
    const size = found.isFile() ? found.size : 0;
    if (size > maxBytes) return undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;
    while (bytes <= maxBytes) {
      // One more than is stated, to see the end at once.
      const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size - bytes + 1));
      const read = readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return Buffer.concat(chunks, bytes);
      chunks.push(chunk.subarray(0, read));
      bytes += read;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a folder',
  EAGAIN: 'it is a pipe, and nothing is in it',
};

/** In plain words. */
export function whyUnread(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}
