/**
 * The consumers of a configuration and those of the state store as one index. Where both have an id, the configuration's
 * is the one: an entry of the store cannot take the place of what a file says. A stored consumer whose plan nobody defined
 * is nobody, for without limits it must not be.
 */
import { type KnownKey, knownKey } from './consumer-key.ts';
import type { Consumer, ConsumerIndex, ConsumersConfig, PlanGrants } from './consumers.ts';
import type { StoredConsumer, StoredConsumers, StoredKey } from './stored-consumers.ts';

export function joinStored(
  index: ConsumerIndex,
  configured: ConsumersConfig,
  plans: PlanGrants,
  stored: StoredConsumers,
): ConsumerIndex {
  const ids = new Set(configured.map(({ id }) => id));
  const consumers = new WeakMap<StoredConsumer, Consumer>();
  const keys = new WeakMap<StoredKey, KnownKey>();

  const consumerOf = (entry: StoredConsumer): Consumer | undefined => {
    const { id, plan: named, tenant, issuer } = entry.config;
    if (ids.has(id)) return undefined;
    let consumer = consumers.get(entry);
    if (!consumer) {
      const plan = named === undefined ? plans.defaultPlan : plans.byName.get(named);
      if (named !== undefined && !plan) return undefined;
      consumer = { id, plan, tenant, issuer };
      consumers.set(entry, consumer);
    }
    return consumer;
  };
  const keyOf = (entry: StoredKey): KnownKey | undefined => {
    const known = keys.get(entry);
    if (known) return known;
    const owner = consumerOf(entry.owner);
    if (!owner) return undefined;
    const made: KnownKey = {
      ...knownKey(entry.config, owner),
      get gone() {
        return entry.owner.gone;
      },
    };
    keys.set(entry, made);
    return made;
  };

  let stamp: object = index;
  let stampOfStored = stored.stamp;
  return {
    defaultPlan: index.defaultPlan,
    get stamp() {
      if (stampOfStored !== stored.stamp) {
        stampOfStored = stored.stamp;
        stamp = {};
      }
      return stamp;
    },
    isWhole: () => stored.loaded,
    byClient: {
      get(client) {
        const own = index.byClient.get(client);
        const entry = own ? undefined : stored.ofClient(client);
        return entry ? consumerOf(entry) : own;
      },
    },
    keysByDigestPrefix: {
      get(prefix) {
        const own = index.keysByDigestPrefix.get(prefix);
        const entries = stored.keysAt(prefix);
        if (!entries) return own;
        return [...(own ?? []), ...entries.map(keyOf).filter((key) => key !== undefined)];
      },
    },
  };
}
