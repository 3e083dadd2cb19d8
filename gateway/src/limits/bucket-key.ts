/**
 * A bucket's name in a store. Parts are joined with their lengths, so that no text in one part can pose as another
 * (`a:b`+`c` and `a`+`b:c` differ), whatever characters a consumer's id holds.
 */
import { hash } from 'node:crypto';

const DIGEST_CHARS = 22;

/** One text of several parts, without collisions. */
export function joinKey(parts: readonly string[]): string {
  let joined = '';
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i] ?? '';
    joined += `${part.length}:${part}`;
  }
  return joined;
}

/**
 * The key in Redis: hashed, so that ids and addresses do not show there, with the consumer (second part) as hash
 * tag, so that all the buckets of a request lie in one slot. 128 bits of SHA-256 each.
 */
export function storeKey(parts: readonly string[]): string {
  return `frontdesk:{${digestOf(slotText(parts))}}:${digestOf(joinKey(parts))}`;
}

/** What decides where in a Redis Cluster it lies: buckets with the same one can be drawn from in one step. */
export function slotText(parts: readonly string[]): string {
  return parts[1] ?? '';
}

/** 128 bits of SHA-256: the text does not show, and no two meet. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, DIGEST_CHARS);
}
