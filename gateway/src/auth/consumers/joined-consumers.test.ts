import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryChannels } from '../../state/memory-channels.ts';
import type { ScriptStore } from '../../state/store.ts';
import { presented } from '../testing/presented.ts';
import { ApiKeyScheme, apiKeyConfig, createApiKey } from './api-key.ts';
import { consumersConfig, indexConsumers } from './consumers.ts';
import { joinStored } from './joined-consumers.ts';
import { StoredConsumers } from './stored-consumers.ts';

const neverAsked = async (): Promise<never> => assert.fail('the store is not asked for a look-up');

test('where nothing is stored the configuration is all there is, and it is said that more may come', () => {
  const clock = new ManualClock();
  const store = {
    connected: true,
    settled: async () => {},
    get: neverAsked,
    set: neverAsked,
    add: neverAsked,
    delete: neverAsked,
    close: async () => {},
    run: neverAsked,
  };
  const channels = new MemoryChannels({ logger: noLogger });
  const stored = new StoredConsumers({ store, channels, clock, logger: noLogger, meter: noMeter });
  const config = consumersConfig.parse([{ id: 'acme', clients: ['app'] }]);
  const plans = { byName: new Map(), defaultPlan: undefined };
  const joined = joinStored(indexConsumers(config, plans), config, plans, stored);
  assert.equal(joined.byClient.get('app')?.id, 'acme');
  assert.equal(joined.byClient.get('web'), undefined);
  assert.equal(joined.keysByDigestPrefix.get(1), undefined);
  assert.equal(joined.isWhole?.(), false);
});

test('an identity that was made before its client came to another consumer is made anew', async () => {
  const { stored, joined, take } = await storedRig({});
  const before = joined.stamp;
  assert.equal(joined.stamp, before);
  await take('eve', { id: 'eve', clients: ['web'] });
  assert.notEqual(joined.stamp, before);
  assert.equal(joined.byClient.get('web')?.id, 'eve');
  const during = joined.stamp;
  await take('eve', { id: 'eve', clients: ['web'] });
  assert.equal(joined.stamp, during, 'nothing changed');
  await take('eve', undefined);
  assert.notEqual(joined.stamp, during);
  assert.equal(stored.size, 0);
});

test("a key that both have is the configuration's", async () => {
  const { key, sha256 } = createApiKey('k');
  const apiKeys = [{ id: 'k', sha256 }];
  const { joined, take } = await storedRig({ id: 'acme', apiKeys });
  await take('eve', { id: 'eve', apiKeys });
  const scheme = new ApiKeyScheme({
    config: apiKeyConfig.parse({}),
    consumers: joined,
    clock: new ManualClock(),
  });
  assert.equal(scheme.identify(presented({ 'x-api-key': key }))?.consumer, 'acme');
});

/** A store that takes whatever is written. */
async function storedRig(configured: object) {
  const clock = new ManualClock();
  const store: ScriptStore = {
    connected: true,
    settled: async () => {},
    get: neverAsked,
    set: neverAsked,
    add: neverAsked,
    delete: neverAsked,
    close: async () => {},
    run: async (_script, _keys, args) => (args.length === 3 ? 1 : null),
  };
  const channels = new MemoryChannels({ logger: noLogger });
  const stored = new StoredConsumers({ store, channels, clock, logger: noLogger, meter: noMeter });
  const config = consumersConfig.parse('id' in configured ? [configured] : []);
  const plans = { byName: new Map(), defaultPlan: undefined };
  const joined = joinStored(indexConsumers(config, plans), config, plans, stored);
  const take = (id: string, entry: object | undefined) => stored.change(id, () => entry);
  return { stored, joined, take };
}
