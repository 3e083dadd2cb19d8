/**
 * Loaded ahead of a gateway and its workers (`--import`): a process does what a file with its number as name says, in the
 * folder FRONTDESK_TEST_TROUBLE: `throw`, `memory`, or `stall` and milliseconds.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.FRONTDESK_TEST_TROUBLE;
const POLL_MS = 20;
const BLOCK_ITEMS = 1_000_000;

function trouble(kind: string, ms: number): void {
  if (kind === 'throw') throw new Error('an error that an experiment throws');
  if (kind === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const kept: unknown[] = [];
  while (kind === 'memory') kept.push(new Array(BLOCK_ITEMS).fill({}));
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
