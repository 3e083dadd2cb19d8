/** What each way to prove oneself and each limit costs a request. No peer, no load: one process, and a Redis. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findOrInstall, startRedis } from '../../runner/servers.ts';
import { ROOT } from '../../stack/config.ts';
import type { Comparison } from '../load.ts';

const PROGRAM = 'gateway/bench/front-door.ts';

interface Row {
  readonly name: string;
  readonly micros: number;
}

export async function* frontDoor(): AsyncGenerator<Comparison> {
  yield { title: 'The front door, in memory', measures: [], notes: rowsOf([]) };
  const program = findOrInstall(['redis-server', 'valkey-server'], 'redis-server');
  if (program === undefined) return;
  const redis = await startRedis(program);
  try {
    yield { title: 'The front door, with Redis', measures: [], notes: rowsOf([redis.url]) };
  } finally {
    redis.stop();
  }
}

function rowsOf(args: readonly string[]): string[] {
  const printed = execFileSync(process.execPath, [join(ROOT, PROGRAM), ...args], { encoding: 'utf8' });
  const rows: Row[] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return rows.map(({ name, micros }) => `${name.padEnd(48)}${micros.toFixed(2).padStart(8)} µs`);
}
