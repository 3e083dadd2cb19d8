/** A shared log behind sentinels: what was told before and after a failover reaches who listened, and who comes later. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { openChannels } from './channels.ts';
import { LogFollower } from './log-follower.ts';
import { openLogs } from './logs.ts';
import { RedisStore } from './redis.ts';
import type { LogEntry } from './shared-log.ts';
import { stateConfig } from './state.ts';
import { redisCommand, skipWithoutServer } from './testing/redis-server.ts';
import { MASTER_NAME, startSentinel } from './testing/sentinel.ts';

/** A node that follows the log. `heard` resolves once it knows the entry; what is over may be told anew. */
async function node(t: TestContext, sentinel: string) {
  const common = { clock: systemClock, logger: noLogger };
  const config = stateConfig.parse({ redis: { sentinels: [sentinel], master: MASTER_NAME } });
  const at = { sentinels: [sentinel], master: MASTER_NAME, database: 0 };
  const store = new RedisStore({ url: { at }, commandLimitMs: 5_000, ...common, meter: noMeter });
  const channels = await openChannels(config, { store, ...common });
  const logs = openLogs(config, { store, ...common });
  assert.ok(logs);
  const log = logs.open('revocations', { keepMs: 60_000, maxEntries: 100 });
  const entries = new Map<string, string>();
  const waiting = new Set<() => void>();
  let losses = 0;
  const follower = new LogFollower({
    log,
    channels,
    clock: systemClock,
    listener: {
      entry({ key, text }: LogEntry) {
        entries.set(key, text);
        for (const look of waiting) look();
      },
      lost: () => {
        losses += 1;
      },
    },
  });
  t.after(async () => {
    follower.close();
    await Promise.all([channels.close(), logs.close()]);
    await store.close();
  });
  await follower.known;
  const heard = (key: string) =>
    new Promise<string>((resolve) => {
      const look = (): void => {
        const text = entries.get(key);
        if (text === undefined) return;
        waiting.delete(look);
        resolve(text);
      };
      waiting.add(look);
      look();
    });
  return { log, heard, losses: () => losses };
}

test('what a replica acknowledged survives a failover, and what is written after it reaches everybody', {
  skip: skipWithoutServer,
}, async (t) => {
  const sentinel = await startSentinel();
  t.after(() => sentinel.stop());
  const [one, other] = await Promise.all([node(t, sentinel.url), node(t, sentinel.url)]);
  await one.log.write('before', 'revoked');
  assert.match(await redisCommand(sentinel.primary.port, 'WAIT 1 10000'), /^:1/);
  assert.equal(await other.heard('before'), 'revoked');

  await sentinel.primary.kill();
  // Whoever writes is told that it may not have been written, and writes it again: that is its matter.
  for (;;) {
    const isWritten = await other.log.write('after', 'revoked too').then(
      () => true,
      () => false,
    );
    if (isWritten) break;
    await delay(20);
  }
  for (const listener of [one, other]) {
    assert.equal(await listener.heard('after'), 'revoked too');
    assert.equal(listener.losses(), 0, 'nothing that was known is gone');
  }
  const later = await node(t, sentinel.url);
  assert.deepEqual([await later.heard('before'), await later.heard('after')], ['revoked', 'revoked too']);
});
