import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { openChannels } from '../state/channels.ts';
import { openStore } from '../state/state.ts';
import { openCredentials } from './credential-residents.ts';

test('where the state is in memory there are no stored consumers, and a revocation is known at once', async () => {
  const told = { clock: new ManualClock(), logger: noLogger, meter: noMeter };
  const { state } = configSchema.parse({});
  const store = await openStore(state, told);
  const channels = await openChannels(state, { ...told, store });
  const { residents, close } = openCredentials({ ...told, store, channels });
  assert.equal(residents.storedConsumers, undefined);
  await residents.revocations.revoke('t1', told.clock.wall() + 60_000);
  assert.equal(residents.revocations.list(0, 10).known, 1);
  await close();
  await channels.close();
  await store.close();
});
