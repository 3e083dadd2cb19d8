/**
 * Browser sessions as a scheme: the cookie's id finds the session, its claims say who asks. What a process knows of a
 * session costs a look-up. The cookie proves nothing of what a page wants: changes are guarded by the CSRF step beside.
 */
import type { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { setCookie, soleCookie } from '../../wire/cookies.ts';
import type { ConsumerIndex } from '../consumers/consumers.ts';
import { identityOf } from '../jwt/identity-of.ts';
import { invalidCredentials } from '../refusal.ts';
import type { Presented, Scheme } from '../scheme.ts';
import type { CallerTokens } from '../to-backends/caller-tokens.ts';
import { SESSION_ID_CHARS } from './seal.ts';
import { cookieName, type SessionConfig } from './session-config.ts';
import type { CachedSession, Sessions } from './sessions.ts';

export interface SessionSchemeOptions {
  readonly config: Pick<SessionConfig, 'origin' | 'cookie' | 'path' | 'claims'>;
  readonly sessions: Sessions;
  readonly consumers: ConsumerIndex;
  /** Where access tokens are kept for backends that get others for them. */
  readonly callers?: CallerTokens | undefined;
}

export class SessionScheme implements Scheme {
  readonly name = 'session';
  /** A cookie is a part of a field: it is cut out where the field is sent on (see the upstream's forwarding). */
  readonly credentialHeaders = [];
  readonly refusalMembers: Readonly<Record<string, unknown>>;
  readonly staleFields: readonly (readonly [name: string, value: string])[];
  readonly #options: SessionSchemeOptions;
  readonly #cookie: string;
  /** Whoever asks there how a session stands does not use it. */
  readonly #asking: string;

  constructor(options: SessionSchemeOptions) {
    const { config } = options;
    this.#options = options;
    this.#cookie = cookieName(config);
    this.#asking = `${config.path}/session`;
    const secure = config.origin.startsWith('https:');
    this.refusalMembers = { login: `${config.path}/login` };
    this.staleFields = [['set-cookie', setCookie(this.#cookie, '', { secure, sameSite: 'Lax', maxAgeS: 0 })]];
  }

  carries(headers: HeaderFields): boolean {
    return soleCookie(headers, this.#cookie) !== undefined;
  }

  identify({ headers, path }: Presented): Identity | undefined | Promise<Identity | undefined> {
    const cookie = soleCookie(headers, this.#cookie);
    if (cookie === undefined) return undefined;
    if (cookie.length !== SESSION_ID_CHARS) throw invalidCredentials('no session id, or more than one');
    const { sessions } = this.#options;
    const isUse = path !== this.#asking;
    const known = sessions.known(cookie, isUse);
    if (known) return this.#identity(known);
    return sessions.find(cookie, isUse).then((session) => this.#identity(session));
  }

  /** An id that we gave is nobody's guess, whatever became of its session. */
  knows({ headers }: Presented): boolean {
    const cookie = soleCookie(headers, this.#cookie);
    return cookie !== undefined && this.#options.sessions.isGenuine(cookie);
  }

  /** No challenge asks for a cookie. */
  challenges(): readonly string[] {
    return [];
  }

  #identity(session: CachedSession): Identity {
    const { consumers, config, callers } = this.#options;
    if (session.identity && session.madeFor === consumers) return session.identity;
    const { claims, endsAt, refreshToken, accessExpiresAt } = session.record;
    const expiresAt = refreshToken === undefined ? Math.min(endsAt, accessExpiresAt) : endsAt;
    const identity = identityOf(claims, expiresAt, { scheme: this.name, names: config.claims, consumers });
    // A refresh makes the identity anew, with the token of then.
    callers?.keep(identity, session.record.accessToken);
    session.identity = identity;
    session.madeFor = consumers;
    return identity;
  }
}
