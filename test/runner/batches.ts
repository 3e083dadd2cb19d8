/**
 * Which test files may share a process. Starting one and loading the gateway into it costs more than most files' tests,
 * so files of one room run together, one after another. One that looks at or changes what all code of a process
 * shares (memory, environment, signals, globals, other processes) has a process of its own.
 */
import { sep } from 'node:path';

const MOST_FILES = 16;
/** How deep rooms lie: `gateway/src/limits`, `subgraphs-mock/src/rest`. */
const ROOM_DEPTH = 3;

/** What of a process its files would feel of each other; where the runner's servers are, all only read. */
const OF_THE_PROCESS =
  /memoryUsage|\bgc\b|setFlagsFromString|process\.(on|once|off|emit|env(?!\.FRONTDESK_TEST_)|chdir|exit|kill|title)\b|node:child_process|node:worker_threads|\bmock\.|globalThis\.|monitorEventLoopDelay|Object\.prototype\S* = /;

/** Groups of files, each for one process. `read` gives a file's text; `undefined` for one that shares with none. */
export function batchesOf(files: readonly string[], read: (file: string) => string | undefined): string[][] {
  const batches: string[][] = [];
  const open = new Map<string, string[]>();
  for (const file of files) {
    const text = read(file);
    if (text === undefined || OF_THE_PROCESS.test(text)) {
      batches.push([file]);
      continue;
    }
    const room = file.split(sep).slice(0, -1).slice(0, ROOM_DEPTH).join(sep);
    let batch = open.get(room);
    if (!batch || batch.length === MOST_FILES) {
      batch = [];
      open.set(room, batch);
      batches.push(batch);
    }
    batch.push(file);
  }
  return batches;
}
