import { readFileSync } from 'node:fs';

const MAX_OPEN_FILES = /^Max open files\s+(\d+)/m;

/** How many files this process may hold open, where the system says so (Linux); Infinity elsewhere. */
export function openFileLimit(limitsFile = '/proc/self/limits'): number {
  try {
    const soft = MAX_OPEN_FILES.exec(readFileSync(limitsFile, 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
