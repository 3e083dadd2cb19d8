/**
 * Consumers that are kept in Redis (`consumersFrom: state`), beside those of the configuration: a hash from id to an entry
 * as the configuration would have it, `{consumers}:entries`, and a count of changes. Each process has all of them; changes
 * are pushed by id, and after a gap everything is read again. Without Redis the last known stay. An entry that is no
 * consumer is logged, and changes nothing: not the others, nor what was known under its id. Where the count went back,
 * Redis has lost something: what was known then and is not there stays until somebody changes it, or the process ends.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { type Channels, defineScript, type ScriptStore } from '../../state/store.ts';
import { digestPrefix } from '../digest.ts';
import type { ConsumerKeyConfig } from './consumer-key.ts';
import { type ConsumerConfig, consumerConfig } from './consumers.ts';

const CHANNEL = 'consumers';
const KEYS = ['{consumers}:entries', '{consumers}:changes'];
const READ_AGAIN_MS = 30_000;
const RETRY_MS = 500;
const PAGE = '200';
/** More are not taken, so that a runaway writer cannot fill every gateway. */
const MAX_CONSUMERS = 100_000;
const MAX_ENTRY_CHARS = 64 * 1024;

const PAGE_OF = defineScript(`
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
return {redis.call('GET', KEYS[2]) or '0', page[1], page[2]}`);
const COUNT = defineScript(`return redis.call('GET', KEYS[2]) or '0'`);
const ONE = defineScript(`return redis.call('HGET', KEYS[1], ARGV[1])`);
/** Writes (or with an empty text removes) an entry unless it is not what it was: 1 where it did. */
const REPLACE = defineScript(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
redis.call('INCR', KEYS[2])
return 1`);

/** Certificates and passwords are looked up among those of the configuration. */
export const storedConsumerConfig = consumerConfig
  .refine(({ certificates }) => certificates.length === 0, {
    path: ['certificates'],
    message: 'expected in the configuration alone',
  })
  .refine(({ passwords }) => passwords.length === 0, {
    path: ['passwords'],
    message: 'expected in the configuration alone',
  });

export interface StoredConsumer {
  readonly config: ConsumerConfig;
  /** True once another took its place: who remembers one of its keys asks for it. */
  gone: boolean;
}

export interface StoredKey {
  readonly owner: StoredConsumer;
  readonly config: ConsumerKeyConfig;
}

export interface StoredConsumersOptions {
  readonly store: ScriptStore;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class StoredConsumers {
  readonly #options: StoredConsumersOptions;
  readonly #measure: (value: number) => void;
  readonly #byId = new Map<string, StoredConsumer>();
  readonly #keys = new Map<number, StoredKey[]>();
  readonly #byClient = new Map<string, StoredConsumer>();
  #unsubscribe: (() => void) | undefined;
  #disarm: (() => void) | undefined;
  #loaded = false;
  #loading: Promise<void> | undefined;
  #changes = 0;
  /** Whether to read everything again once it is read: what came meanwhile may be missing. */
  #again = false;
  /** Ids that changed while all were read. */
  readonly #touched = new Set<string>();
  /** Ids that the store lost: they are nobody's decision, so they stay. */
  readonly #lost = new Set<string>();
  #stamp: object = {};

  constructor(options: StoredConsumersOptions) {
    this.#options = options;
    this.#measure = options.meter.gauge({
      name: 'frontdesk_stored_consumers',
      across: 'min',
      help: 'Consumers that this process knows from the state store',
      labels: [],
    });
  }

  /** Whether all of them were read once. Before that, who is not known may be one of them. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Another object once another consumer may be who a token's client stands for. */
  get stamp(): object {
    return this.#stamp;
  }

  get(id: string): StoredConsumer | undefined {
    return this.#byId.get(id);
  }

  all(): StoredConsumer[] {
    return [...this.#byId.values()];
  }

  keysAt(prefix: number): readonly StoredKey[] | undefined {
    return this.#keys.get(prefix);
  }

  /** Who has a key of the same digest. */
  ofKey(key: ConsumerKeyConfig): StoredConsumer | undefined {
    return this.#keys.get(prefixOf(key))?.find(({ config }) => digestTextOf(config) === digestTextOf(key))
      ?.owner;
  }

  ofClient(client: string): StoredConsumer | undefined {
    return this.#byClient.get(client);
  }

  /** Begins to read and to hear of changes. */
  follow(): void {
    this.#unsubscribe ??= this.#options.channels.subscribe(CHANNEL, {
      message: (id) => void this.#refresh(id).catch(() => this.#load()),
      resumed: () => void this.#load(),
    });
  }

  close(): void {
    this.#disarm?.();
    this.#unsubscribe?.();
  }

  /**
   * Replaces the entry of an id by what `change` makes of it (of its text, where that is no JSON); `undefined` takes it
   * away. It holds here when this resolves, and is on its way to the others. Rejects when the store is gone, or with what
   * `change` throws.
   */
  async change(id: string, change: (entry: unknown) => unknown): Promise<void> {
    const { store, channels } = this.#options;
    for (;;) {
      const found = await store.run(ONE, KEYS, [id]);
      const before = typeof found === 'string' ? found : '';
      const entry = change(before === '' ? undefined : entryOf(before));
      const after = entry === undefined ? '' : JSON.stringify(entry);
      if ((await store.run(REPLACE, KEYS, [id, before, after])) !== 1) continue;
      // What is being read may be from before.
      this.#touched.add(id);
      this.#take(id, after === '' ? undefined : after);
      await channels.publish(CHANNEL, id);
      return;
    }
  }

  async #refresh(id: string): Promise<void> {
    this.#touched.add(id);
    const found = await this.#options.store.run(ONE, KEYS, [id]);
    this.#take(id, typeof found === 'string' ? found : undefined);
  }

  #load(): Promise<void> {
    if (this.#loading) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#readAll().finally(() => {
      this.#loading = undefined;
      if (!this.#again) return;
      this.#again = false;
      void this.#load();
    });
    return this.#loading;
  }

  async #readAll(): Promise<void> {
    this.#disarm?.();
    this.#touched.clear();
    let waitMs = READ_AGAIN_MS;
    try {
      const seen = new Set<string>();
      let cursor = '0';
      let changes = 0;
      do {
        const page = pageOf(await this.#options.store.run(PAGE_OF, KEYS, [cursor, PAGE]));
        changes = page.changes;
        cursor = page.next;
        for (const [id, text] of page.entries) {
          seen.add(id);
          if (!this.#touched.has(id)) this.#take(id, text);
        }
      } while (cursor !== '0');
      const missing = [...this.#byId.keys()].filter((id) => !seen.has(id) && !this.#touched.has(id));
      if (changes < this.#changes) {
        this.#options.logger.error({}, 'the state store has lost consumers: the last known stay');
        for (const id of missing) this.#lost.add(id);
      }
      for (const id of missing) if (!this.#lost.has(id)) this.#take(id, undefined);
      this.#changes = changes;
      this.#loaded = true;
    } catch (error) {
      this.#options.logger.debug({ reason: String(error) }, 'consumers could not be read');
      waitMs = RETRY_MS;
    }
    this.#disarm = this.#options.clock.after(waitMs, () => void this.#look());
  }

  /** Reads all again where something changed since: to read a hundred thousand takes seconds of this process's time. */
  async #look(): Promise<void> {
    const count =
      this.#loaded && Number(await this.#options.store.run(COUNT, KEYS, []).catch(() => Number.NaN));
    if (count !== this.#changes) return this.#load();
    this.#disarm = this.#options.clock.after(READ_AGAIN_MS, () => void this.#look());
  }

  #take(id: string, text: string | undefined): void {
    const known = this.#byId.get(id);
    this.#lost.delete(id);
    if (text === undefined) {
      if (known) this.#remove(id, known);
    } else {
      const config = this.#read(id, text);
      if (!config || (known && JSON.stringify(known.config) === JSON.stringify(config))) return;
      if (!known && this.#byId.size >= MAX_CONSUMERS) {
        this.#options.logger.error({ consumer: id }, 'there are too many consumers in the state store');
        return;
      }
      if (known) this.#remove(id, known);
      this.#add(id, { config, gone: false });
    }
    this.#measure(this.#byId.size);
  }

  #read(id: string, text: string): ConsumerConfig | undefined {
    let reason = 'it is too long';
    if (text.length <= MAX_ENTRY_CHARS) {
      try {
        const parsed = storedConsumerConfig.safeParse(JSON.parse(text));
        if (parsed.success && parsed.data.id === id) return parsed.data;
        const [issue] = parsed.error?.issues ?? [];
        reason = issue ? `${issue.path.join('.')}: ${issue.message}` : 'its id is another';
      } catch {
        reason = 'it is no JSON';
      }
    }
    this.#options.logger.error(
      { consumer: id.slice(0, 128), reason },
      'an entry of the state store is no consumer',
    );
    return undefined;
  }

  #add(id: string, owner: StoredConsumer): void {
    this.#stamp = {};
    this.#byId.set(id, owner);
    for (const client of owner.config.clients)
      if (!this.#byClient.has(client)) this.#byClient.set(client, owner);
    for (const key of owner.config.apiKeys) {
      const prefix = prefixOf(key);
      this.#keys.set(prefix, [...(this.#keys.get(prefix) ?? []), { owner, config: key }]);
    }
  }

  #remove(id: string, owner: StoredConsumer): void {
    owner.gone = true;
    this.#stamp = {};
    this.#byId.delete(id);
    for (const client of owner.config.clients) {
      if (this.#byClient.get(client) === owner) this.#byClient.delete(client);
    }
    for (const key of owner.config.apiKeys) {
      const prefix = prefixOf(key);
      const left = this.#keys.get(prefix)?.filter((other) => other.owner !== owner) ?? [];
      if (left.length > 0) this.#keys.set(prefix, left);
      else this.#keys.delete(prefix);
    }
  }
}

function entryOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** In hex. */
export function digestTextOf({ sha256, hmac }: ConsumerKeyConfig): string {
  return sha256 ?? hmac ?? '';
}

function prefixOf(key: ConsumerKeyConfig): number {
  return digestPrefix(Buffer.from(digestTextOf(key), 'hex'));
}

function pageOf(reply: unknown): { changes: number; next: string; entries: [string, string][] } {
  const [changes, next, flat]: unknown[] = Array.isArray(reply) ? reply : [];
  const texts = Array.isArray(flat) ? flat.map(String) : [];
  const entries: [string, string][] = [];
  for (let i = 0; i + 1 < texts.length; i += 2) entries.push([texts[i] ?? '', texts[i + 1] ?? '']);
  return { changes: Number(changes), next: String(next), entries };
}
