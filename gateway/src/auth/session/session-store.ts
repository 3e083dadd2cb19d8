/**
 * Sessions in the state store. Each has three keys under the SHA-256 of its id: what it holds, sealed and written only by
 * who holds its lock; `seen`, which lives as long as it may be idle; and `ended`, which a logout writes first and which
 * outlives everything else of it, so that a refresh that was under way brings nothing back.
 */
import { randomBytes } from 'node:crypto';
import { FrontdeskError } from '../../core/errors.ts';
import type { StateStore } from '../../state/store.ts';
import { cannotTell } from '../refusal.ts';
import type { Seal } from './seal.ts';

/** A session with all its tokens and claims; more is refused at login. */
const MAX_RECORD_CHARS = 65_536;
/** Longer than a refresh may take: then another may try. */
export const LOCK_MS = 20_000;

export interface SessionRecord {
  /** Grows with each refresh. */
  readonly version: number;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly nonce: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Wall clock, ms, as all of these. */
  readonly accessExpiresAt: number;
  readonly refreshAt: number;
  readonly createdAt: number;
  readonly endsAt: number;
}

export interface SessionStoreOptions {
  readonly store: StateStore;
  readonly seal: Seal;
  readonly idleMs: number;
}

export class SessionStore {
  readonly #store: StateStore;
  readonly #seal: Seal;
  readonly #idleMs: number;

  constructor({ store, seal, idleMs }: SessionStoreOptions) {
    this.#store = store;
    this.#seal = seal;
    this.#idleMs = idleMs;
  }

  /** `undefined` where there is none, or it is over. Rejects with 503 where the store does not answer. */
  async read(id: string): Promise<SessionRecord | undefined> {
    const [sealed, ended, seen] = await asking(
      Promise.all([
        this.#store.get(`session:${id}`),
        this.#store.get(`session:${id}:ended`),
        this.#store.get(`session:${id}:seen`),
      ]),
    );
    return ended !== undefined || seen === undefined ? undefined : this.#opened(id, sealed);
  }

  #opened(id: string, sealed: string | undefined): SessionRecord | undefined {
    const text = sealed === undefined ? undefined : this.#seal.open(sealed, id);
    return text === undefined ? undefined : recordIn(text);
  }

  async write(id: string, record: SessionRecord, wall: number): Promise<void> {
    const sealed = this.#seal.seal(JSON.stringify(record), id);
    if (sealed.length > MAX_RECORD_CHARS) {
      throw new FrontdeskError('upstream_invalid', {
        detail: 'the tokens of a session are too large to keep',
      });
    }
    await asking(this.#store.set(`session:${id}`, sealed, Math.max(1, record.endsAt - wall)));
  }

  /** It is in use: from now on it may be idle again. */
  async touch(id: string): Promise<void> {
    await asking(this.#store.set(`session:${id}:seen`, '1', this.#idleMs));
  }

  /** Resolves with what is there once nobody can write what would be read: later than that is in vain. */
  async end(id: string, keepMs: number): Promise<SessionRecord | undefined> {
    await asking(this.#store.set(`session:${id}:ended`, '1', Math.max(1, keepMs)));
    const last = this.#opened(id, await asking(this.#store.get(`session:${id}`)));
    await asking(
      Promise.all([this.#store.delete(`session:${id}`), this.#store.delete(`session:${id}:seen`)]),
    );
    return last;
  }

  /** True for one caller among all processes, who must `unlock`; another may after a while if it does not. */
  lock(id: string): Promise<boolean> {
    return asking(this.#store.add(`session:${id}:lock`, '1', LOCK_MS));
  }

  async unlock(id: string): Promise<void> {
    await this.#store.delete(`session:${id}:lock`).catch(() => undefined);
  }

  /** Whether this is the first use of something that is good once. */
  first(what: string, keepMs: number): Promise<boolean> {
    return asking(this.#store.add(`session-once:${what}`, '1', Math.max(1, keepMs)));
  }
}

export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

function asking<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw cannotTell('sessions cannot be read or written', error);
  });
}

function recordIn(text: string): SessionRecord | undefined {
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : undefined;
}

/** It was sealed by us: of another release at worst. */
function isRecord(value: unknown): value is SessionRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'number' &&
    'claims' in value &&
    typeof value.claims === 'object' &&
    value.claims !== null &&
    'accessToken' in value &&
    typeof value.accessToken === 'string' &&
    'endsAt' in value &&
    typeof value.endsAt === 'number' &&
    'accessExpiresAt' in value &&
    typeof value.accessExpiresAt === 'number'
  );
}
