/**
 * Endpoints under a prefix of etcd, through the JSON gateway of its API version 3: a range, then a watch from the revision
 * after it. Keys that are deleted or whose lease ends vanish. A watch that is cancelled, was compacted or said nothing for
 * long begins with a range again, so nothing that was missed stays missed.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SECRET } from '../../settings/secret.ts';
import { httpUrl } from '../../settings/settings.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { RegistryClient, type RegistryReply, RegistrySilence } from '../transports/registry-client.ts';
import { faultsOf, looseEntry } from './entry.ts';
import { jsonOf, MAX_REPLY_BYTES, parsed } from './json-reply.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from './source.ts';

export const etcdConfig = z.strictObject({
  prefix: z
    .string()
    .min(1)
    .max(1024)
    .describe('Every key that begins with it holds an endpoint, such as /services/users/'),
  servers: z.array(httpUrl).min(1).max(16).default(['http://127.0.0.1:2379']).describe('Tried in turn'),
  username: z.string().min(1).optional().describe('Who asks, with `password`; nobody is named by default'),
  password: z.string().min(1).optional().describe('From the environment or a file').meta(SECRET),
  caFile: z.string().min(1).optional().describe("Authorities to trust; by default the system's"),
});

export type EtcdConfig = z.output<typeof etcdConfig>;

const HEAD_MS = 5_000;
const IDLE_MS = 10_000;
/** A watch is silent while nothing changes. After this all is read again: so an etcd that hangs is found out. */
const WATCH_IDLE_MS = 60_000;

/** 64-bit numbers are text in JSON; what is zero is left out. */
const revision = z.string().regex(/^\d+$/);
const pair = z.object({ key: z.string(), value: z.string().default('') });

const rangeReply = z.object({
  header: z.object({ revision }),
  kvs: z.array(pair).default([]),
});

const watchReply = z.object({
  result: z
    .object({
      created: z.boolean().default(false),
      canceled: z.boolean().default(false),
      cancel_reason: z.string().optional(),
      compact_revision: z.string().optional(),
      events: z.array(z.object({ type: z.enum(['PUT', 'DELETE']).default('PUT'), kv: pair })).default([]),
    })
    .optional(),
  error: z.object({ message: z.string().optional() }).optional(),
});

interface Session {
  readonly client: RegistryClient;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export class EtcdSource implements DiscoverySource {
  readonly name: string;
  readonly longestBackoffMs = 30_000;
  readonly guarded = true;
  readonly #config: EtcdConfig;
  readonly #parts: SourceParts;
  /** By key, as etcd writes it. */
  #specs = new Map<string, EndpointSpec>();
  #faults = new Map<string, string>();
  #server = 0;

  constructor(config: EtcdConfig, parts: SourceParts) {
    this.name = `etcd ${config.prefix}`;
    this.#config = config;
    this.#parts = parts;
  }

  async follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void> {
    const { servers, caFile } = this.#config;
    const url = servers[this.#server % servers.length] ?? '';
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
    const client = new RegistryClient({ url, ca, clock: this.#parts.clock });
    try {
      const session = { client, headers: await this.#authenticate(client, signal), signal };
      while (!signal.aborted) await this.#watch(session, await this.#range(session, follower), follower);
    } catch (error) {
      this.#server += 1;
      throw error;
    } finally {
      client.close();
    }
  }

  async #authenticate(client: RegistryClient, signal: AbortSignal): Promise<Record<string, string>> {
    const { username, password = '' } = this.#config;
    if (username === undefined) return {};
    const session = { client, headers: {}, signal };
    const reply = await post(session, '/v3/auth/authenticate', { name: username, password }, IDLE_MS);
    const { token } = await jsonOf(reply, z.object({ token: z.string().min(1) }), 'etcd');
    return { authorization: token };
  }

  /** Reads all; resolves to the revision of what was read. */
  async #range(session: Session, follower: DiscoveryFollower): Promise<bigint> {
    const reply = await post(session, '/v3/kv/range', rangeOf(this.#config.prefix), IDLE_MS);
    const { header, kvs } = await jsonOf(reply, rangeReply, 'etcd');
    const known = this.#specs;
    this.#specs = new Map();
    this.#faults = new Map();
    for (const { key, value } of kvs) {
      const before = known.get(key);
      if (before) this.#specs.set(key, before);
      this.#put(key, value);
    }
    this.#tell(follower);
    return BigInt(header.revision);
  }

  /** Ends where all must be read again. */
  async #watch(session: Session, from: bigint, follower: DiscoveryFollower): Promise<void> {
    const create = { ...rangeOf(this.#config.prefix), start_revision: String(from + 1n) };
    const reply = await post(session, '/v3/watch', { create_request: create }, WATCH_IDLE_MS);
    if (reply.status !== 200) await jsonOf(reply, z.never(), 'etcd');
    let created = false;
    try {
      for await (const lines of reply.lines()) {
        let changed = false;
        for (const line of lines) {
          const { result, error } = parsed(line, watchReply, 'etcd');
          if (error || !result) throw new Error(`the watch failed: ${error?.message ?? 'no result'}`);
          if (result.compact_revision !== undefined) return;
          if (result.canceled)
            throw new Error(`the watch was cancelled: ${result.cancel_reason ?? 'no reason given'}`);
          created ||= result.created;
          for (const { type, kv } of result.events) {
            if (type === 'PUT') this.#put(kv.key, kv.value);
            else {
              this.#specs.delete(kv.key);
              this.#faults.delete(kv.key);
            }
            changed = true;
          }
        }
        if (changed) this.#tell(follower);
      }
    } catch (error) {
      if (error instanceof RegistrySilence && created) return;
      throw error;
    }
    throw new Error('the watch ended');
  }

  /** What cannot be read changes nothing of its key. */
  #put(key: string, value: string): void {
    const text = Buffer.from(value, 'base64').toString();
    const result = looseEntry.safeParse(jsonOrText(text));
    if (result.success) {
      this.#specs.set(key, result.data);
      this.#faults.delete(key);
    } else {
      this.#faults.set(key, `${Buffer.from(key, 'base64').toString()}: ${faultsOf(result.error)}`);
    }
  }

  #tell(follower: DiscoveryFollower): void {
    follower.found([...this.#specs.values()], [...this.#faults.values()]);
  }
}

/** JSON, or a URL as it is. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

/** All keys that begin with `prefix`: up to the first that does not. */
function rangeOf(prefix: string): { key: string; range_end: string } {
  const key = Buffer.from(prefix);
  const end = Buffer.from(key);
  let last = end.length - 1;
  while (last > 0 && end[last] === 0xff) last -= 1;
  end[last] = (end[last] ?? 0) + 1;
  return { key: key.toString('base64'), range_end: end.subarray(0, last + 1).toString('base64') };
}

function post(
  { client, headers, signal }: Session,
  path: string,
  body: object,
  idleMs: number,
): Promise<RegistryReply> {
  return client.open({
    method: 'POST',
    path,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    headMs: HEAD_MS,
    idleMs,
    maxBytes: MAX_REPLY_BYTES,
    signal,
  });
}
