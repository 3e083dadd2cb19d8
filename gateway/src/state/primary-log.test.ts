import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { LogFollower } from './log-follower.ts';
import { openLogs } from './logs.ts';
import { PrimaryChannels } from './primary-channels.ts';
import { serveLogs } from './primary-log.ts';
import { pairOfWorkers } from './testing/worker-pair.ts';

test("a node's log: its workers hear of each other's entries, and one that comes later reads them", async () => {
  const { clock, server, stores } = pairOfWorkers(3);
  serveLogs(server, { clock });
  const logs = stores.map((store) =>
    openLogs('memory', { store, clock, logger: noLogger })?.open('x', { keepMs: 1000, maxEntries: 9 }),
  );
  const told: string[] = [];
  const follow = (i: number) => {
    const [store, log] = [stores[i], logs[i]];
    assert.ok(store && log);
    const listener = {
      entry: ({ text }: { text: string }) => void told.push(`${i} ${text}`),
      lost: () => void told.push(`${i} lost`),
    };
    const channels = new PrimaryChannels({ store, logger: noLogger });
    return new LogFollower({ log, channels, clock, listener });
  };
  await Promise.all([follow(0).known, follow(1).known]);
  assert.deepEqual((await logs[0]?.write('k', 'said'))?.heard, 3);
  await logs[1]?.writeFirst('k', 'not this');
  assert.deepEqual(told.toSorted(), ['0 said', '1 said']);
  await follow(2).known;
  assert.deepEqual(told.at(-1), '2 said');
});
