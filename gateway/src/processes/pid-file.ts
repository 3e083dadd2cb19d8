/** A file with the number of the process that takes signals. Whoever serves last has written it; its end takes it away. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** In one step: whoever reads it finds the old number or the new one. Returns what takes it away. Throws where it cannot be written. */
export function writePidFile(path: string, pid = process.pid): () => void {
  const beside = `${path}.${pid}`;
  // The folder may be everybody's: a link that somebody put there leads nowhere, and neither does one at the name itself.
  rmSync(beside, { force: true });
  writeFileSync(beside, `${pid}\n`, { flag: 'wx', mode: 0o644 });
  renameSync(beside, path);
  return () => {
    try {
      // A successor has written its own by then.
      if (readFileSync(path, 'utf8').trim() === String(pid)) rmSync(path);
    } catch {
      // It is gone already.
    }
  };
}
