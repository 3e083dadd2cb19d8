/**
 * Passwords at rest: `scrypt$N$r$p$SALT$HASH` (RFC 7914), salt and hash in base64url. The parameters have a least, below
 * which a stolen configuration is soon guessed, and a most, above which one request would hold the gateway up. Texts are
 * normalised first (RFC 8265 §4.2: NFC), so that a password is the same from whatever keyboard.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const MIN_N = 2 ** 14;
const MAX_N = 2 ** 17;
const MIN_R = 8;
const MAX_R = 16;
const MAX_P = 16;
/** N · r · p: about half a second of a processor. */
const MAX_COST = 2 ** 20;
/** 128 · N · r, the memory of one check, in bytes. */
const MAX_MEMORY = 128 * 2 ** 20;
const MIN_SALT_BYTES = 16;
const MIN_HASH_BYTES = 32;
const MAX_BYTES = 64;

export interface PasswordHash {
  /** As it is written: names it among all. */
  readonly text: string;
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const EXPECTED = 'expected scrypt$N$r$p$SALT$HASH, as `frontdesk keys password` prints it';

export const passwordHashConfig = z.string().transform((text, context): PasswordHash => {
  const read = readHash(text);
  if (typeof read !== 'string') return read;
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

/** The hash, or what is wrong with it. The message must not hold the hash. */
function readHash(text: string): PasswordHash | string {
  const [scheme, ...parts] = text.split('$');
  const [n = 0, r = 0, p = 0] = parts.slice(0, 3).map(wholeNumber);
  const [salt, hash] = parts.slice(3).map(bytesOf);
  if (scheme !== 'scrypt' || parts.length !== 5 || !salt || !hash) return EXPECTED;
  if (n < MIN_N || n > MAX_N || (n & (n - 1)) !== 0)
    return `expected N to be a power of two from ${MIN_N} to ${MAX_N}`;
  if (r < MIN_R || r > MAX_R) return `expected r from ${MIN_R} to ${MAX_R}`;
  if (p < 1 || p > MAX_P) return `expected p from 1 to ${MAX_P}`;
  if (128 * n * r > MAX_MEMORY) return 'expected N · r of 2^20 at most: a check would take more than 128 MiB';
  if (n * r * p > MAX_COST) return 'expected N · r · p of 2^20 at most: a check would take too long';
  if (salt.length < MIN_SALT_BYTES || salt.length > MAX_BYTES) return 'expected a salt of 16 to 64 bytes';
  if (hash.length < MIN_HASH_BYTES || hash.length > MAX_BYTES) return 'expected a hash of 32 to 64 bytes';
  return { text, n, r, p, salt, hash };
}

function wholeNumber(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
}

function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** A new hash, with a salt of its own. By default 16 MiB and about 150 ms of a processor. */
export async function hashPassword(password: string, n = MIN_N, r = MIN_R, p = 5): Promise<PasswordHash> {
  const salt = randomBytes(MIN_SALT_BYTES);
  const hash = await derive(password, { n, r, p, salt }, MIN_HASH_BYTES);
  const text = `scrypt$${n}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
  return { text, n, r, p, salt, hash };
}

/** Whether a password is the one of a hash. Takes a thread of the pool for as long as the hash asks. */
export async function isPassword(password: string, known: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, known, known.hash.length), known.hash);
}

function derive(
  password: string,
  { n, r, p, salt }: Pick<PasswordHash, 'n' | 'r' | 'p' | 'salt'>,
  bytes: number,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { N: n, r, p, maxmem: 2 * 128 * r * (n + p) };
  scrypt(password.normalize('NFC'), salt, bytes, options, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}

/** A password to be given to a machine: 190 random bits. */
export function makePassword(): string {
  return randomBytes(24).toString('base64url');
}
