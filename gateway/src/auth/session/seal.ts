/**
 * What only we can read and nobody can change: AES-256-GCM (NIST SP 800-38D) under keys that are derived from the
 * configured secrets (RFC 5869), each for one purpose. The first secret seals; the others open what was sealed before they
 * were replaced. A sealed text is bound to its place (`context`), so that none can be put in another's.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 24;
const MARK_BYTES = 16;
/** Characters of a session id as the cookie holds it. */
export const SESSION_ID_CHARS = Math.ceil(((ID_BYTES + MARK_BYTES) * 4) / 3);

function keysFor(secrets: readonly string[], purpose: string): Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `frontdesk session: ${purpose}`, 32)),
  );
}

export class Seal {
  readonly #keys: readonly { readonly id: Buffer; readonly key: Buffer }[];

  constructor(secrets: readonly string[], purpose: string) {
    this.#keys = keysFor(secrets, purpose).map((key) => ({
      key,
      id: createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES),
    }));
  }

  seal(text: string, context: string): string {
    const [first] = this.#keys;
    if (!first) throw new TypeError('no key to seal with');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, first.key, iv).setAAD(Buffer.from(context));
    const sealed = [cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([first.id, iv, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** `undefined` for what was not sealed by us, for this context, with a key that we still have. */
  open(sealed: string, context: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < KEY_ID_BYTES + IV_BYTES + TAG_BYTES) return undefined;
    const body = bytes.subarray(KEY_ID_BYTES + IV_BYTES, -TAG_BYTES);
    for (const { id, key } of this.#keys) {
      if (!bytes.subarray(0, KEY_ID_BYTES).equals(id)) continue;
      try {
        const iv = bytes.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES);
        const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    }
    return undefined;
  }
}

/**
 * Session ids: random, with a mark by which a made-up one is told without asking the store. The store knows them by their
 * SHA-256 alone, so that whoever reads it cannot use them.
 */
export class SessionIds {
  readonly #keys: readonly Buffer[];

  constructor(secrets: readonly string[]) {
    this.#keys = keysFor(secrets, 'ids');
  }

  /** As the cookie holds it. */
  make(): string {
    const [key] = this.#keys;
    if (!key) throw new TypeError('no key to mark ids with');
    const id = randomBytes(ID_BYTES);
    return Buffer.concat([id, markOf(key, id)]).toString('base64url');
  }

  /** Under which the store knows it; `undefined` for what is no id of ours. */
  read(cookie: string): string | undefined {
    if (cookie.length !== SESSION_ID_CHARS) return undefined;
    const bytes = Buffer.from(cookie, 'base64url');
    if (bytes.length !== ID_BYTES + MARK_BYTES) return undefined;
    const id = bytes.subarray(0, ID_BYTES);
    const mark = bytes.subarray(ID_BYTES);
    if (!this.#keys.some((key) => timingSafeEqual(markOf(key, id), mark))) return undefined;
    return createHash('sha256').update(id).digest('base64url');
  }
}

function markOf(key: Buffer, id: Buffer): Buffer {
  return createHmac('sha256', key).update(id).digest().subarray(0, MARK_BYTES);
}
