import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryChannels } from '../state/memory-channels.ts';
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
