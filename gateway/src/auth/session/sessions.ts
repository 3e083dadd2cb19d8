/**
 * Sessions of people at browsers, as one process sees them. What it read of one it uses for a few seconds; that somebody
 * logged out it hears at once by the revocations, of which every identity is asked. Access tokens are refreshed ahead of
 * their end, by one process at a time (a lock in the store) and once for all requests that wait. A refresh that the
 * provider refuses ends the session; while the provider cannot answer, the session stands, and once its access token is
 * over the answer is 503: nobody can tell.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { cannotTell, invalidCredentials, outdatedCredentials } from '../refusal.ts';
import type { RevocationList } from '../revocation/revocation.ts';
import { GrantRefused, type TokenSet } from './provider.ts';
import type { SessionIds } from './seal.ts';
import { LOCK_MS, type SessionRecord, type SessionStore } from './session-store.ts';

const MAX_CACHED = 10_000;
const MAX_LOADING = 1000;
const MAX_UNWRITTEN = 1000;
/** Before its lock ends by itself, a process counts as its holder no more: another may have it. */
const LOCK_MARGIN_MS = 1000;
/** Access tokens are refreshed in the last fifth of their life, a minute before its end at most. */
const REFRESH_SHARE = 0.2;
const REFRESH_AHEAD_MS = 60_000;
const POLL_MS = 50;
const RETRY_MS = 2000;
/** What processes read of a session before it ended they have forgotten by then. */
const TOLD_MS = 120_000;

/** What a process knows of a session. */
export interface CachedSession {
  readonly id: string;
  record: SessionRecord;
  checkedAt: number;
  touchedAt: number;
  /** Not to be refreshed before: the provider did not answer. Monotonic. */
  retryAt: number;
  /** The identity that the claims gave, and under which configuration. */
  identity: Identity | undefined;
  madeFor: object | undefined;
}

export interface SessionsOptions {
  readonly ids: SessionIds;
  readonly store: SessionStore;
  readonly revocations: Pick<RevocationList, 'add'>;
  readonly refresh: (refreshToken: string) => Promise<TokenSet>;
  /** Revokes a refresh token that came for a session which is over. */
  readonly revoke: (refreshToken: string) => Promise<void>;
  /** The claims of a session whose tokens were refreshed. Rejects with `invalid_credentials` where they do not fit. */
  readonly claimsOf: (tokens: TokenSet, before: SessionRecord) => Promise<Readonly<Record<string, unknown>>>;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly recheckMs: number;
  /** How long a request waits for a refresh. */
  readonly refreshWithinMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #touchEveryMs: number;
  readonly #cached = new Map<string, CachedSession>();
  readonly #loading = new Map<string, Promise<CachedSession>>();
  readonly #refreshing = new Map<string, Promise<void>>();
  /** What a refresh gave and the store did not take: the token before it is good no more. */
  readonly #unwritten = new Map<string, SessionRecord>();
  readonly #count: (value: number, event: string) => void;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#touchEveryMs = Math.min(60_000, options.idleMs / 4);
    this.#count = options.meter.counter({
      name: 'frontdesk_sessions_total',
      help: 'What happened to browser sessions: begun, refreshed, refresh_failed, ended (by a logout), replaced (by another login), refused (by the provider)',
      labels: ['event'],
    });
  }

  /** Whether we made this id, as can be told without the store. */
  isGenuine(cookie: string): boolean {
    return this.#options.ids.read(cookie) !== undefined;
  }

  /** What is known of a session without waiting; `undefined` where `find` has to be asked. `isUse`: see there. */
  known(cookie: string, isUse = true): CachedSession | undefined {
    const session = this.#cached.get(cookie);
    if (!session) return undefined;
    const { clock, recheckMs } = this.#options;
    const now = clock.now();
    const wall = clock.wall();
    const { record } = session;
    if (now - session.checkedAt >= recheckMs || wall >= record.accessExpiresAt || wall >= record.endsAt) {
      return undefined;
    }
    if (isUse) this.#used(session);
    if (wall >= record.refreshAt && record.refreshToken !== undefined && now >= session.retryAt) {
      // The token still holds: nobody waits for the next one. What comes of it shows then.
      this.#refreshOnce(session).catch(() => undefined);
    }
    return session;
  }

  /**
   * Rejects with `invalid_credentials` where there is no such session, with 503 where nobody can tell. `isUse`: whether it
   * keeps the session from being idle; who only asks how it stands does not use it.
   */
  find(cookie: string, isUse = true): Promise<CachedSession> {
    const under = this.#loading.get(cookie);
    if (under) return isUse ? under.then((session) => this.#used(session)) : under;
    if (this.#loading.size >= MAX_LOADING) return Promise.reject(cannotTell('too many sessions are read'));
    const loading = this.#load(cookie, isUse).finally(() => this.#loading.delete(cookie));
    this.#loading.set(cookie, loading);
    return loading;
  }

  /** A new session, under a new id whatever the browser had before. Resolves with its cookie. */
  async begin(
    tokens: TokenSet,
    nonce: string,
    claimsFor: (id: string, createdAt: number) => Readonly<Record<string, unknown>>,
  ): Promise<string> {
    const { ids, store, clock, absoluteMs } = this.#options;
    const cookie = ids.make();
    const id = ids.read(cookie) ?? '';
    const wall = clock.wall();
    const endsAt = wall + absoluteMs;
    const claims = claimsFor(id, wall);
    const record = { version: 1, claims, nonce, createdAt: wall, endsAt, ...held(tokens, wall) };
    await store.write(id, record, wall);
    await store.touch(id);
    this.#count(1, 'begun');
    return cookie;
  }

  /** Ends a session everywhere. Resolves with what it held; `undefined` where there was none. Rejects with 503. */
  async end(cookie: string, event: 'ended' | 'replaced' = 'ended'): Promise<SessionRecord | undefined> {
    const { ids, store } = this.#options;
    const id = ids.read(cookie);
    if (id === undefined) return undefined;
    this.#cached.delete(cookie);
    const record = await store.read(id);
    if (!record) return undefined;
    return this.#end(id, record, event);
  }

  /** Resolves with what it held at its end: a refresh may have come between. */
  async #end(id: string, record: SessionRecord, event: string): Promise<SessionRecord> {
    const { store, revocations, clock } = this.#options;
    const wall = clock.wall();
    const last = await store.end(id, record.endsAt - wall);
    this.#count(1, event);
    const until = Math.min(record.endsAt, wall + TOLD_MS);
    await revocations.add({ kind: 'jti', id: sessionName(id), until, before: undefined });
    return last ?? record;
  }

  async #load(cookie: string, isUse: boolean): Promise<CachedSession> {
    const { ids, store, clock } = this.#options;
    const id = ids.read(cookie);
    if (id === undefined) throw invalidCredentials('no session id of ours');
    const before = this.#cached.get(cookie);
    this.#cached.delete(cookie);
    const checkedAt = clock.now();
    const record = await store.read(id);
    if (!record || record.endsAt <= clock.wall()) throw outdatedCredentials('the session is over');
    const session = this.#keep(cookie, id, record, before);
    session.checkedAt = checkedAt;
    if (isUse) this.#used(session);
    await this.#ensureFresh(session, cookie);
    return session;
  }

  #keep(cookie: string, id: string, record: SessionRecord, before: CachedSession | undefined): CachedSession {
    if (this.#cached.size >= MAX_CACHED) {
      const oldest = this.#cached.keys().next();
      if (!oldest.done) this.#cached.delete(oldest.value);
    }
    const past = Number.NEGATIVE_INFINITY;
    const none = { identity: undefined, madeFor: undefined };
    const session = before ?? { id, record, checkedAt: past, touchedAt: past, retryAt: past, ...none };
    adopt(session, record);
    this.#cached.set(cookie, session);
    return session;
  }

  #used(session: CachedSession): CachedSession {
    const now = this.#options.clock.now();
    if (now - session.touchedAt < this.#touchEveryMs) return session;
    session.touchedAt = now;
    this.#options.store.touch(session.id).catch(() => {
      session.touchedAt = Number.NEGATIVE_INFINITY;
    });
    return session;
  }

  /** Resolves once the access token holds. */
  async #ensureFresh(session: CachedSession, cookie: string): Promise<void> {
    const { clock, logger } = this.#options;
    const { record } = session;
    const wall = clock.wall();
    const holds = wall < record.accessExpiresAt;
    try {
      if (record.refreshToken === undefined) {
        if (!holds) throw outdatedCredentials('the access token is over, and there is none to refresh it by');
      } else if (!holds) {
        if (clock.now() < session.retryAt) throw cannotTell('the identity provider did not answer just now');
        await this.#refreshOnce(session);
      } else if (wall >= record.refreshAt && clock.now() >= session.retryAt) {
        this.#refreshOnce(session).catch(() => logger.debug({}, 'a session could not be refreshed ahead'));
      }
    } catch (error) {
      this.#cached.delete(cookie);
      // What it knows of the provider's silence is worth keeping.
      if (session.retryAt > clock.now()) this.#cached.set(cookie, session);
      throw error;
    }
  }

  /** One at a time in this process. */
  #refreshOnce(session: CachedSession): Promise<void> {
    let refreshing = this.#refreshing.get(session.id);
    if (!refreshing) {
      refreshing = this.#refresh(session).finally(() => this.#refreshing.delete(session.id));
      this.#refreshing.set(session.id, refreshing);
    }
    return refreshing;
  }

  /** One at a time among all processes; whoever does not get the lock waits for what the other writes. */
  async #refresh(session: CachedSession): Promise<void> {
    const { store, clock, refreshWithinMs } = this.#options;
    const until = clock.now() + refreshWithinMs;
    for (;;) {
      const askedAt = clock.now();
      const isOurs = await store.lock(session.id);
      try {
        const stored = await store.read(session.id);
        if (!stored) throw outdatedCredentials('the session is over');
        if (stored.version !== session.record.version) return adopt(session, stored);
        if (isOurs) return await this.#refreshLocked(session);
      } finally {
        const holds = clock.now() - askedAt < LOCK_MS - LOCK_MARGIN_MS;
        if (isOurs && holds) await store.unlock(session.id);
      }
      if (clock.now() >= until) throw cannotTell('another process refreshes the session and does not end');
      await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    }
  }

  async #refreshLocked(session: CachedSession): Promise<void> {
    const { store, clock, logger } = this.#options;
    const { id, record } = session;
    const unwritten = this.#unwritten.get(id);
    let next: SessionRecord;
    try {
      next = unwritten?.version === record.version + 1 ? unwritten : await this.#refreshed(record);
    } catch (error) {
      if (error instanceof GrantRefused || isInvalid(error)) {
        const stored = await store.read(id);
        // Refused because another process, slower than its lock, was first after all.
        if (stored && stored.version !== record.version) return adopt(session, stored);
        logger.info(
          { session: sessionName(id) },
          'the identity provider refused to refresh a session: it is over',
        );
        await this.#end(id, record, 'refused');
        throw outdatedCredentials('the identity provider refused the refresh');
      }
      session.retryAt = clock.now() + RETRY_MS;
      this.#count(1, 'refresh_failed');
      throw cannotTell('the session cannot be refreshed', error);
    }
    await this.#write(id, next);
    this.#count(1, 'refreshed');
    adopt(session, next);
  }

  async #refreshed(record: SessionRecord): Promise<SessionRecord> {
    const { refresh, claimsOf, clock } = this.#options;
    const tokens = await refresh(record.refreshToken ?? '');
    const claims = await claimsOf(tokens, record);
    return {
      ...record,
      claims,
      ...held({ ...tokens, refreshToken: tokens.refreshToken ?? record.refreshToken }, clock.wall()),
      version: record.version + 1,
    };
  }

  /** Rejects with `invalid_credentials`, and takes the token back, where a logout was quicker. */
  async #write(id: string, next: SessionRecord): Promise<void> {
    const { store, clock, revoke, logger } = this.#options;
    this.#unwritten.delete(id);
    try {
      await store.write(id, next, clock.wall());
    } catch (error) {
      const oldest = this.#unwritten.keys().next();
      if (this.#unwritten.size >= MAX_UNWRITTEN && !oldest.done) this.#unwritten.delete(oldest.value);
      this.#unwritten.set(id, next);
      throw error;
    }
    if (await store.read(id)) return;
    if (next.refreshToken !== undefined)
      await revoke(next.refreshToken).catch(() => logger.warn({}, 'a refresh token could not be revoked'));
    throw outdatedCredentials('the session ended while it was refreshed');
  }
}

/** Under which a session is revoked and named in logs: it opens nothing. */
export function sessionName(id: string): string {
  return `session-${id.slice(0, 22)}`;
}

function adopt(session: CachedSession, record: SessionRecord): void {
  if (session.record.version !== record.version) session.identity = undefined;
  session.record = record;
}

function held(
  { accessToken, refreshToken, lifetimeS }: TokenSet,
  wall: number,
): Pick<SessionRecord, 'accessToken' | 'refreshToken' | 'accessExpiresAt' | 'refreshAt'> {
  const lifetimeMs = lifetimeS * 1000;
  const accessExpiresAt = wall + lifetimeMs;
  const refreshAt = accessExpiresAt - Math.min(REFRESH_AHEAD_MS, lifetimeMs * REFRESH_SHARE);
  return { accessToken, refreshToken, accessExpiresAt, refreshAt };
}

function isInvalid(error: unknown): boolean {
  return error instanceof FrontdeskError && error.code === 'invalid_credentials';
}
