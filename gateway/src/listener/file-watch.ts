/** Follows several files as one: what belongs together, a certificate and its key, changes one after the other. */
import type { Clock } from '../core/clock.ts';
import { WatchedFile } from '../core/watched-file.ts';

/** Lists of revoked certificates may be long. */
const MAX_BYTES = 64 * 1024 * 1024;
/** How long after a change others are waited for. */
const TOGETHER_MS = 200;

/** Calls `changed` after one or more of the files changed. Returns what ends it. */
export function watchFiles(files: readonly string[], clock: Clock, changed: () => void): () => void {
  let disarm: (() => void) | undefined;
  let closed = false;
  const soon = (): void => {
    disarm?.();
    disarm = clock.after(TOGETHER_MS, changed);
  };
  const watched = [...new Set(files)].map((file) => new WatchedFile({ file, maxBytes: MAX_BYTES, clock }));
  for (const file of watched) {
    // A file that cannot be read now is told of when it can.
    const follow = (): void => {
      if (!closed) file.follow({ changed: soon, failed: () => {} });
    };
    file.read().then(follow, follow);
  }
  return () => {
    closed = true;
    disarm?.();
    for (const file of watched) file.close();
  };
}
