import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptParts } from '../bff/screen/kept-parts.ts';
import { LastGood } from '../bff/screen/last-good.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { openChannels } from '../state/channels.ts';
import { MemoryStore } from '../state/memory.ts';
import { serveLogs } from '../state/primary-log.ts';
import type { StateStore } from '../state/store.ts';
import { pairOfWorkers } from '../state/testing/worker-pair.ts';
import { openSharing } from './sharing.ts';

const all = { upstream: undefined, purge: { kind: 'all' } } as const;

test('a worker shares with the others of its node, a process of its own with nobody', async () => {
  const { clock, server, stores } = pairOfWorkers(2);
  serveLogs(server, { clock });
  const open = async (store: StateStore) => {
    const channels = await openChannels('memory', { store, clock, logger: noLogger });
    const common = { store, channels, clock, logger: noLogger, meter: noMeter };
    return openSharing({
      ...common,
      state: 'memory',
      keptParts: new KeptParts(clock),
      lastGood: new LastGood(clock),
    });
  };
  const [one, other] = await Promise.all(stores.map(open));
  assert.ok(one?.hints && other?.hints);
  assert.equal((await one.purges.purge(all)).processes, 2);
  const alone = await open(new MemoryStore({ clock }));
  assert.equal(alone.hints, undefined);
  assert.equal((await alone.purges.purge(all)).processes, 1);
  await Promise.all([one, other, alone].map((sharing) => sharing.close()));
});
