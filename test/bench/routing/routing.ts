/** The time that the route table takes to match, among ten routes and among ten thousand. No peer, no load: one process. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../stack/config.ts';
import type { Comparison } from '../load.ts';

const PROGRAM = 'gateway/bench/route-table.ts';

interface Row {
  readonly name: string;
  readonly routes: number;
  readonly nanoseconds: number;
  readonly buildMs: number;
}

export async function* routing(): AsyncGenerator<Comparison> {
  const printed = execFileSync(process.execPath, [join(ROOT, PROGRAM)], { encoding: 'utf8' });
  const rows: Row[] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const notes = rows.flatMap((few, i) => {
    const many = rows[i + 1];
    if (i % 2 === 1 || !many) return [];
    const ratio = (many.nanoseconds / few.nanoseconds).toFixed(2);
    return [
      `${few.name.padEnd(34)}${few.routes} routes: ${few.nanoseconds.toFixed(0).padStart(5)} ns   ` +
        `${many.routes}: ${many.nanoseconds.toFixed(0).padStart(5)} ns   ${ratio} times   ` +
        `(${many.routes} compiled in ${many.buildMs.toFixed(0)} ms)`,
    ];
  });
  yield { title: `One match of the route table ($ node ${PROGRAM})`, measures: [], notes };
}
