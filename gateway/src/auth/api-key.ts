/**
 * API keys: `fd_<id>_<secret><checksum>`. The secret has 190 random bits, so a plain SHA-256 of the whole key is
 * safe to configure and nothing slower is needed. The checksum lets the log tell a mistyped key from
 * an unknown one, and a secret scanner recognise a leaked one. Keys of another origin work too, once configured by digest.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Identity } from '../core/identity.ts';
import { fieldName } from '../settings/settings.ts';
import type { ConsumerIndex, KnownKey } from './consumers.ts';
import { digestPrefix } from './digest.ts';
import { invalidCredentials } from './refusal.ts';
import type { Presented, Scheme } from './scheme.ts';

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
});

export type ApiKeyConfig = z.output<typeof apiKeyConfig>;

export interface CreatedApiKey {
  /** To be shown once and kept by its owner. */
  readonly key: string;
  /** To be configured: `consumers[].apiKeys[].sha256`. */
  readonly sha256: string;
}

/** Makes a key. `id` names it in the configuration and shows in the key: letters, digits and `-`. */
export function createApiKey(id: string): CreatedApiKey {
  if (!KEY_ID.test(id)) throw new RangeError('a key id has 1 to 32 letters, digits or -');
  const body = `${PREFIX}${id}_${randomText(SECRET_CHARS)}`;
  const key = body + checksum(body);
  return { key, sha256: hash('sha256', key, 'hex') };
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
}

export class ApiKeyScheme implements Scheme {
  readonly name = 'apiKey';
  readonly credentialHeaders: readonly string[];
  readonly #header: string;
  readonly #consumers: ConsumerIndex;
  readonly #clock: Clock;
  /**
   * Keys that were found before: their digest (4 % of a passed-through request) is not computed again. Only keys that
   * are good get here, and what is found by one is the whole answer, so the time of a look-up tells nothing but that.
   */
  readonly #recent = new Map<string, KnownKey>();

  constructor(options: ApiKeySchemeOptions) {
    this.#header = options.config.header;
    this.credentialHeaders = [this.#header];
    this.#consumers = options.consumers;
    this.#clock = options.clock;
  }

  identify({ headers }: Presented): Identity | undefined {
    const key = headers.get(this.#header);
    if (key === undefined) return undefined;
    if (headers.count(this.#header) > 1) throw invalidCredentials('more than one API key');
    const known = this.#recent.get(key) ?? this.#look(key);
    if (known.identity.expiresAt <= this.#clock.wall()) {
      throw invalidCredentials(`API key ${known.id} of ${known.identity.consumer} is expired`);
    }
    return known.identity;
  }

  challenges(): readonly string[] {
    return [`ApiKey realm="frontdesk", header="${this.#header}"`];
  }

  #look(key: string): KnownKey {
    if (!hasKeyForm(key)) throw invalidCredentials('not the form of an API key');
    const known = this.#find(hash('sha256', key, 'buffer'));
    if (!known) throw invalidCredentials(isMistyped(key) ? 'mistyped API key' : 'unknown API key');
    if (this.#recent.size >= MAX_RECENT) this.#recent.clear();
    this.#recent.set(key, known);
    return known;
  }

  /** Candidates share 48 bits of the digest; whether one is the key is compared in constant time. */
  #find(digest: Buffer): KnownKey | undefined {
    const candidates = this.#consumers.keysByDigestPrefix.get(digestPrefix(digest));
    if (!candidates) return undefined;
    let found: KnownKey | undefined;
    for (const candidate of candidates) if (timingSafeEqual(candidate.digest, digest)) found = candidate;
    return found;
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
