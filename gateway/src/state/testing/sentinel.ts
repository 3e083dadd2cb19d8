/** A real Sentinel for tests: a primary, its replica, and one sentinel that is a quorum by itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { redisCommand, startRedis, type TestRedis } from './redis-server.ts';

export const MASTER_NAME = 'frontdesk-test';

export interface TestSentinel {
  readonly primary: TestRedis;
  readonly replica: TestRedis;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSentinel(): Promise<TestSentinel> {
  const primary = await startRedis();
  const replica = await startRedis(['--replicaof', '127.0.0.1', `${primary.port}`]);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    [
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${MASTER_NAME} 500`,
      `sentinel failover-timeout ${MASTER_NAME} 2000`,
      '',
    ].join('\n'),
  );
  const sentinel = await startRedis(['--sentinel'], { file, ready: 'Sentinel ID is' });
  while (!(await redisCommand(replica.port, 'INFO replication')).includes('master_link_status:up')) {
    await delay(50);
  }
  while (
    !(await redisCommand(sentinel.port, `SENTINEL REPLICAS ${MASTER_NAME}`)).includes(`${replica.port}`)
  ) {
    await delay(50);
  }
  return {
    primary,
    replica,
    url: `redis://127.0.0.1:${sentinel.port}`,
    stop: async () => {
      await Promise.all([sentinel.stop(), primary.stop(), replica.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
