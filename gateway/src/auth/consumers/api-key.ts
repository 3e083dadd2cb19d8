/**
 * API keys: `fd_<id>_<secret><checksum>`. The secret has 190 random bits, so a plain SHA-256 of the whole key is
 * safe to configure and nothing slower is needed. The checksum lets the log tell a mistyped key from
 * an unknown one, and a secret scanner recognise a leaked one. Keys of another origin work too, once configured by digest.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { SECRET } from '../../settings/secret.ts';
import { fieldName } from '../../settings/settings.ts';
import { digestPrefix } from '../digest.ts';
import { cannotTell, invalidCredentials, outdatedCredentials } from '../refusal.ts';
import type { Presented, Scheme } from '../scheme.ts';
import { hmacOf, type KnownKey, sha256Of } from './consumer-key.ts';
import type { ConsumerIndex } from './consumers.ts';

const PREFIX = 'fd_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_CHARS = 32;
const CHECKSUM_CHARS = 6;
const MIN_KEY_CHARS = 16;
const MAX_KEY_CHARS = 256;
const MAX_RECENT = 10_000;
const KEY_ID = /^[A-Za-z0-9-]{1,32}$/;

/** Keys are accepted where this is configured, if only as `apiKey: {}`. */
export const apiKeyConfig = z.strictObject({
  header: fieldName.prefault('x-api-key').describe('The request header that carries the key'),
  authorization: z
    .boolean()
    .default(false)
    .describe('Whether a key may also come as `Authorization: ApiKey KEY`'),
  pepper: z
    .string()
    .min(32, 'expected at least 32 characters')
    .optional()
    .describe('The secret of keys that are kept as hmac; from the environment or a file')
    .meta(SECRET),
});

export type ApiKeyConfig = z.output<typeof apiKeyConfig>;

export interface CreatedApiKey {
  /** To be shown once and kept by its owner. */
  readonly key: string;
  /** To be configured: `consumers[].apiKeys[].sha256`. */
  readonly sha256: string;
}

/** What finds keys of ours where they should not be: in repositories, logs, chats. The checksum tells a key from an example. */
export const LEAKED_KEY = /\bfd_[A-Za-z0-9-]{1,32}_[0-9A-Za-z]{38}\b/g;

/** Makes a key. `id` names it in the configuration and shows in the key: letters, digits and `-`. */
export function createApiKey(id: string): CreatedApiKey {
  if (!KEY_ID.test(id)) throw new RangeError('a key id has 1 to 32 letters, digits or -');
  const body = `${PREFIX}${id}_${randomText(SECRET_CHARS)}`;
  const key = body + checksum(body);
  return { key, sha256: sha256Of(key).toString('hex') };
}

/** Whether a text may be a key at all: printable, without spaces, of a sane length. */
function hasKeyForm(text: string): boolean {
  if (text.length < MIN_KEY_CHARS || text.length > MAX_KEY_CHARS) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

/** Whether a key looks like ours, but cannot be: a character of it was changed or lost. */
export function isMistyped(key: string): boolean {
  if (!key.startsWith(PREFIX)) return false;
  const end = key.length - CHECKSUM_CHARS;
  return key.slice(end) !== checksum(key.slice(0, end));
}

export interface ApiKeySchemeOptions {
  readonly config: ApiKeyConfig;
  readonly consumers: ConsumerIndex;
  readonly clock: Clock;
  /** Told of each key that is used for the first time since it was last asked. */
  readonly onUse?: (key: KnownKey) => void;
}

const AUTHORIZATION = 'authorization';
const SCHEME_PREFIX = 'apikey ';

export class ApiKeyScheme implements Scheme {
  readonly name = 'apiKey';
  readonly credentialHeaders: readonly string[];
  readonly #header: string;
  readonly #readsAuthorization: boolean;
  readonly #pepper: string | undefined;
  readonly #consumers: ConsumerIndex;
  readonly #clock: Clock;
  readonly #onUse: ((key: KnownKey) => void) | undefined;
  /**
   * Keys that were found before: their digest (4 % of a passed-through request) is not computed again. Only keys that
   * are good get here, and what is found by one is the whole answer, so the time of a look-up tells nothing but that.
   */
  readonly #recent = new Map<string, KnownKey>();

  constructor(options: ApiKeySchemeOptions) {
    const { config } = options;
    this.#header = config.header;
    this.#readsAuthorization = config.authorization;
    this.#pepper = config.pepper;
    this.credentialHeaders = config.authorization ? [this.#header, AUTHORIZATION] : [this.#header];
    this.#consumers = options.consumers;
    this.#clock = options.clock;
    this.#onUse = options.onUse;
  }

  identify({ headers }: Presented): Identity | undefined {
    const key = this.#read(headers);
    if (key === undefined) return undefined;
    const known = this.#remembered(key) ?? this.#look(key);
    const now = this.#clock.wall();
    if (known.identity.expiresAt <= now) throw this.#refusal(known, 'expired');
    if (known.notBefore > now) throw this.#refusal(known, 'not valid yet');
    if (known.usedAt === 0) this.#onUse?.(known);
    known.usedAt = now;
    return known.identity;
  }

  /** Whether this key was good before, which only somebody who has it can bring about. */
  knows({ headers }: Presented): boolean {
    if (headers.count(AUTHORIZATION) > 1) return false;
    const key = headers.get(this.#header) ?? this.#fromAuthorization(headers);
    return key !== undefined && this.#remembered(key) !== undefined;
  }

  challenges(): readonly string[] {
    return [`ApiKey realm="frontdesk", header="${this.#header}"`];
  }

  #read(headers: Presented['headers']): string | undefined {
    const key = headers.get(this.#header);
    if (headers.count(this.#header) > 1) throw invalidCredentials('more than one API key');
    const other = this.#fromAuthorization(headers);
    if (key !== undefined && other !== undefined) throw invalidCredentials('an API key in two places');
    return key ?? other;
  }

  #fromAuthorization(headers: Presented['headers']): string | undefined {
    if (!this.#readsAuthorization) return undefined;
    const field = headers.get(AUTHORIZATION);
    if (field === undefined || field.slice(0, SCHEME_PREFIX.length).toLowerCase() !== SCHEME_PREFIX)
      return undefined;
    if (headers.count(AUTHORIZATION) > 1) throw invalidCredentials('more than one authorization field');
    return field.slice(SCHEME_PREFIX.length);
  }

  #remembered(key: string): KnownKey | undefined {
    const known = this.#recent.get(key);
    if (!known?.gone) return known;
    // Its consumer was changed: the key itself may be as good as before.
    const renewed = this.#find(key);
    if (renewed) this.#recent.set(key, renewed);
    else this.#recent.delete(key);
    return renewed;
  }

  #look(key: string): KnownKey {
    if (!hasKeyForm(key)) throw invalidCredentials('not the form of an API key');
    const known = this.#find(key);
    if (!known && this.#consumers.isWhole?.() === false) throw cannotTell('consumers could not be read yet');
    if (!known) throw invalidCredentials(isMistyped(key) ? 'mistyped API key' : 'unknown API key');
    if (this.#recent.size >= MAX_RECENT) this.#recent.clear();
    this.#recent.set(key, known);
    return known;
  }

  /** By each digest that keys may be kept by, found or not: the time tells nothing of the kind. */
  #find(key: string): KnownKey | undefined {
    const byDigest = this.#findDigest(sha256Of(key));
    const byHmac = this.#pepper === undefined ? undefined : this.#findDigest(hmacOf(key, this.#pepper));
    return byDigest ?? byHmac;
  }

  /** Candidates share 48 bits of the digest; whether one is the key is compared in constant time. */
  #findDigest(digest: Buffer): KnownKey | undefined {
    const candidates = this.#consumers.keysByDigestPrefix.get(digestPrefix(digest));
    if (!candidates) return undefined;
    let found: KnownKey | undefined;
    // All are compared, and the first is the one: the configuration's come before those of the store.
    for (const candidate of candidates) if (timingSafeEqual(candidate.digest, digest)) found ??= candidate;
    return found;
  }

  #refusal({ id, identity }: KnownKey, why: string): FrontdeskError {
    return outdatedCredentials(`API key ${id} of ${identity.consumer} is ${why}`);
  }
}

function randomText(chars: number): string {
  let text = '';
  while (text.length < chars) {
    for (const byte of randomBytes(chars)) {
      // 248 is four times 62: bytes above it would make some letters likelier than others.
      if (byte < 248 && text.length < chars) text += ALPHABET[byte % 62];
    }
  }
  return text;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_CHARS; i += 1) {
    digits = `${ALPHABET[rest % 62]}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
