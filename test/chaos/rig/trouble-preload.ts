/**
 * Loaded ahead of a gateway and its workers (`--import`): a process does what a file with its number as name says, in the
 * folder FRONTDESK_TEST_TROUBLE: `throw`, `memory`, `stall` and milliseconds, or `heap`: it collects its garbage
 * (`--expose-gc`) and writes how many bytes are left into the file of its number with `.heap`.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.FRONTDESK_TEST_TROUBLE;
const POLL_MS = 20;
const BLOCK_ITEMS = 1_000_000;

function trouble(kind: string, ms: number): void {
  if (kind === 'throw') throw new Error('an error that an experiment throws');
  if (kind === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  if (kind === 'heap') tellHeap();
  const kept: unknown[] = [];
  while (kind === 'memory') kept.push(new Array(BLOCK_ITEMS).fill({}));
}

function tellHeap(): void {
  // Twice: what the first one leaves to finalizers the second one takes.
  globalThis.gc?.();
  globalThis.gc?.();
  const file = join(folder ?? '', `${process.pid}.heap`);
  writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed));
  renameSync(`${file}.new`, file);
}

if (folder !== undefined) {
  const file = join(folder, String(process.pid));
  setInterval(() => {
    let said: string;
    try {
      said = readFileSync(file, 'utf8');
      rmSync(file);
    } catch {
      return;
    }
    const [kind = '', ms = '0'] = said.split(' ');
    trouble(kind, Number(ms));
  }, POLL_MS).unref();
}
