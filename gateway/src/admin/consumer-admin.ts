/**
 * What operators do to consumers: those of the configuration are shown, those of the state store changed too. What the
 * store shall hold is checked as the configuration is, and against what others have; a key's digest is kept as its HMAC
 * where there is a pepper. Secrets are returned once, and go nowhere else.
 */
import { createApiKey } from '../auth/consumers/api-key.ts';
import { hmacOf } from '../auth/consumers/consumer-key.ts';
import type { ConsumerConfig } from '../auth/consumers/consumers.ts';
import type { KeyUse } from '../auth/consumers/key-use.ts';
import {
  digestTextOf,
  type StoredConsumer,
  type StoredConsumers,
  storedConsumerConfig,
} from '../auth/consumers/stored-consumers.ts';
import type { Config } from '../config/schema.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { AdminConsumers, NewKey } from '../handlers/admin/admin-consumers.ts';
import { refused } from '../handlers/admin/admin-http.ts';

export interface ConsumerAdminOptions {
  /** Of the newest snapshot. */
  readonly config: () => Pick<Config, 'consumers' | 'plans' | 'auth' | 'consumersFrom'>;
  /** `undefined` where the state is in memory. */
  readonly stored: StoredConsumers | undefined;
  readonly use: KeyUse;
  readonly wall: () => number;
}

type Source = 'configuration' | 'state';

export class ConsumerAdmin implements AdminConsumers {
  readonly #options: ConsumerAdminOptions;

  constructor(options: ConsumerAdminOptions) {
    this.#options = options;
  }

  async list(offset: number, limit: number): Promise<{ known: number; consumers: unknown[] }> {
    const all = this.#all();
    const part = all.slice(offset, offset + limit);
    return { known: all.length, consumers: await Promise.all(part.map((one) => this.#shown(...one))) };
  }

  async show(id: string): Promise<unknown> {
    const { config, stored } = this.#options;
    const { consumers, consumersFrom } = config();
    const configured = consumers.find((consumer) => consumer.id === id);
    if (configured) return this.#shown(configured, 'configuration');
    const kept = consumersFrom === 'state' ? stored?.get(id) : undefined;
    return kept && this.#shown(kept.config, 'state');
  }

  async put(id: string, body: unknown): Promise<void> {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw refused(['body: expected an object']);
    await this.#change(id, () => ({ ...body, id }));
  }

  async remove(id: string): Promise<void> {
    await this.#stored(id).change(id, (entry) => {
      if (entry === undefined) throw new FrontdeskError('not_found', { detail: 'no such consumer' });
      return undefined;
    });
  }

  async addKey(id: string, { id: keyId, ...more }: NewKey): Promise<string> {
    const { key, kept } = this.#makeKey(keyId);
    await this.#changeKeys(id, (keys) => [...keys, { id: keyId, ...kept, ...more }]);
    return key;
  }

  async removeKey(id: string, keyId: string): Promise<void> {
    await this.#changeKeys(id, (keys) => {
      this.#must(keys, keyId);
      return keys.filter((key) => key.id !== keyId);
    });
  }

  async rotateKey(id: string, keyId: string, named: string | undefined, overlapMs: number) {
    const newId = named ?? successorOf(keyId);
    const { key, kept } = this.#makeKey(newId);
    const endsAt = new Date(this.#options.wall() + overlapMs).toISOString();
    await this.#changeKeys(id, (keys) => {
      const old = this.#must(keys, keyId);
      const { scopes } = old;
      // One that ends sooner is not given more time.
      const ends = typeof old.expires === 'string' && old.expires < endsAt ? old.expires : endsAt;
      const others = keys.map((one) => (one === old ? { ...old, expires: ends } : one));
      return [...others, { id: newId, ...kept, ...(scopes === undefined ? {} : { scopes }) }];
    });
    return { id: newId, key, previous: { id: keyId, expires: endsAt } };
  }

  #makeKey(keyId: string): { key: string; kept: { sha256: string } | { hmac: string } } {
    const { key, sha256 } = createApiKey(keyId);
    const pepper = this.#options.config().auth.apiKey?.pepper;
    return { key, kept: pepper === undefined ? { sha256 } : { hmac: hmacOf(key, pepper).toString('hex') } };
  }

  #must(keys: readonly Entry[], keyId: string): Entry {
    const found = keys.find((key) => key.id === keyId);
    if (!found) throw new FrontdeskError('not_found', { detail: 'no such key' });
    return found;
  }

  async #changeKeys(id: string, change: (keys: readonly Entry[]) => Entry[]): Promise<void> {
    await this.#change(id, (entry) => {
      if (!isEntry(entry)) throw new FrontdeskError('not_found', { detail: 'no such consumer' });
      const { apiKeys } = entry;
      return { ...entry, apiKeys: change(Array.isArray(apiKeys) ? apiKeys.filter(isEntry) : []) };
    });
  }

  async #change(id: string, change: (entry: unknown) => unknown): Promise<void> {
    const stored = this.#stored(id);
    await stored.change(id, (before) => {
      const entry = change(before);
      const parsed = storedConsumerConfig.safeParse(entry);
      if (!parsed.success) {
        throw refused(
          parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`),
        );
      }
      this.#mustFit(parsed.data);
      return entry;
    });
  }

  /** The store, where this id may be kept in it. */
  #stored(id: string): StoredConsumers {
    const { stored, config } = this.#options;
    if (!stored || config().consumersFrom !== 'state') {
      throw refused(['consumers are kept in the configuration alone: consumersFrom is not state']);
    }
    if (config().consumers.some((consumer) => consumer.id === id)) {
      throw refused(['this consumer is in the configuration: change it there']);
    }
    return stored;
  }

  /** What no two may share, and what must be there. */
  #mustFit(consumer: ConsumerConfig): void {
    const { plans } = this.#options.config();
    if (consumer.plan !== undefined && !Object.hasOwn(plans, consumer.plan)) {
      throw refused([`plan: no plan is called ${consumer.plan}`]);
    }
    const ids = new Set(consumer.apiKeys.map((key) => key.id));
    if (ids.size < consumer.apiKeys.length) throw refused(['apiKeys: two have the same id']);
    if (consumer.certificates.length > 0)
      throw refused(['certificates: expected in the configuration alone']);
    this.#mustShareNothing(consumer);
  }

  /** Of those in the store by its indexes: there may be a hundred thousand, and requests are served meanwhile. */
  #mustShareNothing({ id, clients, apiKeys }: ConsumerConfig): void {
    const { config, stored } = this.#options;
    const { consumers } = config();
    const others = consumers.filter((other) => other.id !== id);
    const idOf = (kept: StoredConsumer | undefined): string | undefined =>
      kept && kept.config.id !== id && !consumers.some((other) => other.id === kept.config.id)
        ? kept.config.id
        : undefined;
    for (const client of clients) {
      const holder =
        others.find((other) => other.clients.includes(client))?.id ?? idOf(stored?.ofClient(client));
      if (holder !== undefined) throw refused([`clients: ${client} is already ${holder}'s`]);
    }
    const taken = new Map(
      others.flatMap((other) => other.apiKeys.map((key) => [digestTextOf(key), other.id])),
    );
    for (const key of apiKeys) {
      const holder = taken.get(digestTextOf(key)) ?? idOf(stored?.ofKey(key));
      if (holder !== undefined) throw refused([`apiKeys: one is already ${holder}'s`]);
    }
  }

  #all(): [ConsumerConfig, Source][] {
    const { config, stored } = this.#options;
    const { consumers, consumersFrom } = config();
    const configured = new Set(consumers.map(({ id }) => id));
    const kept = consumersFrom === 'state' ? (stored?.all() ?? []) : [];
    return [
      ...consumers.map((one): [ConsumerConfig, Source] => [one, 'configuration']),
      ...kept
        .filter((one) => !configured.has(one.config.id))
        .map((one): [ConsumerConfig, Source] => [one.config, 'state']),
    ];
  }

  async #shown({ id, plan, tenant, clients, apiKeys }: ConsumerConfig, source: Source): Promise<unknown> {
    const uses = await this.#options.use.lastUses(apiKeys.map((key) => [id, key.id] as const));
    return {
      id,
      source,
      ...(plan === undefined ? {} : { plan }),
      ...(tenant === undefined ? {} : { tenant }),
      clients,
      keys: apiKeys.map((key, i) => ({
        id: key.id,
        kept: key.sha256 === undefined ? 'hmac' : 'sha256',
        ...(key.scopes ? { scopes: key.scopes } : {}),
        ...date('notBefore', key.notBefore),
        ...date('expires', key.expires),
        ...date('lastUsed', uses[i]),
      })),
    };
  }
}

type Entry = Record<string, unknown>;

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function date(name: string, at: number | undefined): Record<string, string> {
  return at === undefined ? {} : { [name]: new Date(at).toISOString() };
}

/** `k1` → `k2`, `prod` → `prod-2`. */
export function successorOf(keyId: string): string {
  const [, stem = '', digits] = /^(.*?)(\d{1,9})?$/.exec(keyId) ?? [];
  return (digits === undefined ? `${stem}-2` : `${stem}${Number(digits) + 1}`).slice(-32);
}
