/** Follows several files as one: what belongs together, a certificate and its key, changes one after the other. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { WatchedFile } from '../core/watched-file.ts';

/** Lists of revoked certificates may be long. */
const MAX_BYTES = 64 * 1024 * 1024;
/** How long after a change others are waited for. */
const TOGETHER_MS = 200;

/** Calls `changed` after one or more of the files changed from what stands in them now. Returns what ends it. */
export function watchFiles(files: readonly string[], clock: Clock, changed: () => void): () => void {
  let disarm: (() => void) | undefined;
  let closed = false;
  const soon = (): void => {
    disarm?.();
    disarm = clock.after(TOGETHER_MS, changed);
  };
  const watched = [...new Set(files)].map((path) => ({
    path,
    file: new WatchedFile({ file: path, maxBytes: MAX_BYTES, clock }),
  }));
  for (const { path, file } of watched) {
    // A file that cannot be read now is told of when it can.
    const follow = (): void => {
      if (!closed) file.follow({ changed: soon, failed: () => {} });
    };
    const now = textOf(path);
    file.read().then((text) => {
      follow();
      // Changed before anybody looked.
      if (!closed && text !== now) soon();
    }, follow);
  }
  return () => {
    closed = true;
    disarm?.();
    for (const { file } of watched) file.close();
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
