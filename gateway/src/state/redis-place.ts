/** Where Redis is: one server by its URL, the primary that sentinels name, or a cluster. And how it is spoken to. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The text itself may hold a password, so no message quotes it. */
const redisUrl = z
  .string()
  .refine(
    (text) => parsed(text)?.hostname !== undefined && parsed(text)?.hostname !== '',
    'expected a Redis URL such as redis://localhost:6379 or rediss://user:password@host:6380/0',
  );

const MAX_NODES = 64;

const nodes = z.array(redisUrl).min(1).max(MAX_NODES);

export const redisPlaceConfig = z.union(
  [
    redisUrl,
    z.strictObject({
      sentinels: nodes.describe(
        'Sentinels that know the primary, as Redis URLs; user and password in them are for the sentinels',
      ),
      master: z.string().min(1).max(256).describe('The name that the sentinels have for it'),
      database: z.int().min(0).max(10_000).default(0).describe('Number of the database'),
    }),
    z.strictObject({
      cluster: nodes.describe('Some nodes of the Redis Cluster, as Redis URLs; the others are learned'),
    }),
  ],
  {
    error:
      'expected a Redis URL such as redis://localhost:6379, { sentinels: [redis://host:26379], master: NAME } or { cluster: [redis://host:7000] }',
  },
);

export const redisTlsConfig = z.strictObject({
  ca: z
    .string()
    .min(1)
    .optional()
    .describe("File of the authorities (PEM) to trust in place of the system's"),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe("The name expected of the certificate; by default the URL's host"),
});

export type RedisPlaceConfig = z.output<typeof redisPlaceConfig>;

/** What a client needs to know. Holds secrets: never logged. */
export interface RedisPlace {
  readonly at: RedisPlaceConfig;
  /** Of the servers; of a single one or of a cluster's nodes in place of what their URLs say. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: z.output<typeof redisTlsConfig> | undefined;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A server and who one is there, as a client's options have it. */
export interface ServerAccess extends ServerAddress {
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: { readonly ca?: string; readonly servername?: string };
}

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;

/** The access that a URL and the settings beside it give. Throws where the file of `ca` cannot be read. */
export function serverAccess(text: string, place: RedisPlace, defaultPort = DEFAULT_PORT): ServerAccess {
  const url = new URL(text);
  const username = place.username ?? decodeURIComponent(url.username);
  const password = place.password ?? decodeURIComponent(url.password);
  const database = Number(url.pathname.slice(1));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(database > 0 ? { db: database } : {}),
    ...(url.protocol === 'rediss:' || place.tls ? { tls: tlsOptions(place) } : {}),
  };
}

/** A sentinel's own access: the settings' user and password are those of the servers. */
export function sentinelAccess(text: string, { at, tls }: RedisPlace): ServerAccess {
  return serverAccess(text, { at, tls }, DEFAULT_SENTINEL_PORT);
}

function tlsOptions({ tls }: RedisPlace): NonNullable<ServerAccess['tls']> {
  return {
    ...(tls?.ca === undefined ? {} : { ca: readFileSync(tls.ca, 'utf8') }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}

function parsed(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && (url.protocol === 'redis:' || url.protocol === 'rediss:') ? url : undefined;
}
