/**
 * The end of a session: by the page (`POST /logout`), which also revokes at the provider (RFC 7009) and goes on to its own
 * logout; and by the provider (OpenID Connect Back-Channel Logout 1.0). And what a page may know of a session.
 */
import { collect, emptyBody, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import { setCookie, soleCookie } from '../../wire/cookies.ts';
import { foreignPage, isNavigation } from '../../wire/trust/fetch-metadata.ts';
import type { RevocationList } from '../revocation/revocation.ts';
import { subjectOf } from '../revocation/revocation-marks.ts';
import type { ProviderTokens } from './id-token.ts';
import type { Provider } from './provider.ts';
import { cookieName, type SessionConfig } from './session-config.ts';
import type { SessionStore } from './session-store.ts';
import type { Sessions } from './sessions.ts';

const MAX_FORM_BYTES = 32_768;

export interface LogoutOptions {
  readonly config: SessionConfig;
  readonly provider: Provider;
  readonly tokens: ProviderTokens;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly revocations: Pick<RevocationList, 'add'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Logout {
  readonly #options: LogoutOptions;
  readonly #cookie: string;
  readonly #trusted: ReadonlySet<string>;

  constructor(options: LogoutOptions) {
    const { config } = options;
    this.#options = options;
    this.#cookie = cookieName(config);
    this.#trusted = new Set([config.origin, ...config.trustedOrigins]);
  }

  /** Ends the browser's session, if it has one. Rejects with 503, and keeps the cookie, where the store does not answer. */
  readonly end: Handler = async (exchange) => {
    const { sessions } = this.#options;
    const fault = foreignPage(exchange.headers, this.#trusted);
    if (fault !== undefined) throw new FrontdeskError('forbidden', { detail: `logout: ${fault}` });
    const cookie = soleCookie(exchange.headers, this.#cookie);
    const record = cookie === undefined ? undefined : await sessions.end(cookie);
    if (record?.refreshToken !== undefined) await this.#revoke(record.refreshToken);
    return this.#gone(exchange, await this.#next());
  };

  /** Takes a logout token: the sessions of its `sid`, or all of its subject, that were begun before. */
  readonly byProvider: Handler = async (exchange) => {
    const { config, tokens, store, revocations, clock, logger } = this.#options;
    const token = await logoutTokenIn(exchange);
    const { jti, sid, sub, iss } = await tokens.logoutToken(token).catch((error: unknown) => {
      throw error instanceof FrontdeskError && error.code === 'invalid_credentials'
        ? new FrontdeskError('bad_request', { detail: error.detail ?? '', headers: [NO_STORE] })
        : error;
    });
    const wall = clock.wall();
    if (!(await store.first(`logout:${String(jti)}`, MINUTES_MS)))
      throw new FrontdeskError('bad_request', { detail: 'a logout token came twice', headers: [NO_STORE] });
    const mark = { until: wall + config.absolute, before: wall };
    if (typeof sid === 'string') await revocations.add({ kind: 'session', id: sid, ...mark });
    else if (typeof sub === 'string' && typeof iss === 'string')
      await revocations.add({ kind: 'subject', id: subjectOf(sub, iss), ...mark });
    logger.info({ by: typeof sid === 'string' ? 'sid' : 'sub' }, 'the identity provider ended sessions');
    return makeReply(200, new HeaderFields([...NO_STORE, 'content-length', '0']), emptyBody);
  };

  /** What the page may know of whoever is logged in: claims that are on the list, and until when. */
  readonly who: Handler = async ({ identity }) => {
    const { config } = this.#options;
    if (!identity) throw new FrontdeskError('unauthenticated');
    const claims = Object.fromEntries(
      config.visibleClaims
        .filter((name) => Object.hasOwn(identity.claims, name))
        .map((name) => [name, identity.claims[name]]),
    );
    return json(200, {
      claims,
      endsAt: new Date(identity.expiresAt).toISOString(),
      idleSeconds: Math.floor(config.idle / 1000),
      logout: `${config.path}/logout`,
    });
  };

  async #revoke(refreshToken: string): Promise<void> {
    const { provider, logger } = this.#options;
    try {
      await provider.revoke(refreshToken);
    } catch {
      // The session is over here all the same; the token dies with its own time.
      logger.warn({}, 'a refresh token could not be revoked at the identity provider');
    }
  }

  async #next(): Promise<string> {
    const { config, provider } = this.#options;
    if (!config.logoutAtIssuer) return config.afterLogout;
    const url = await provider.logoutUrl().catch(() => undefined);
    return url?.href ?? config.afterLogout;
  }

  /** A browser on its way is sent on; a script is told where to go, since it could not follow to another origin. */
  #gone({ headers }: Exchange, location: string): Reply {
    const { origin, clearSiteData } = this.#options.config;
    const reply = isNavigation(headers)
      ? makeReply(
          303,
          HeaderFields.of({ location, 'cache-control': 'no-store', 'content-length': '0' }),
          emptyBody,
        )
      : json(200, { location });
    const secure = origin.startsWith('https:');
    reply.headers.append('set-cookie', setCookie(this.#cookie, '', { secure, sameSite: 'Lax', maxAgeS: 0 }));
    if (clearSiteData) reply.headers.append('clear-site-data', '"cache", "cookies", "storage"');
    return reply;
  }
}

const MINUTES_MS = 600_000;
const NO_STORE: readonly [string, string] = ['cache-control', 'no-store'];

async function logoutTokenIn({ headers, body }: Exchange): Promise<string> {
  const type = headers.get('content-type')?.toLowerCase() ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    const error = new FrontdeskError('unsupported_media_type');
    body.discard(error);
    throw error;
  }
  const bytes = await collect(body, MAX_FORM_BYTES, () => new FrontdeskError('payload_too_large'));
  return new URLSearchParams(Buffer.from(bytes).toString('utf8')).get('logout_token') ?? '';
}

function json(status: number, value: unknown): Reply {
  const body = new WholeBody(JSON.stringify(value));
  const fields = { 'content-type': 'application/json', 'content-length': String(body.length) };
  return makeReply(status, HeaderFields.of({ ...fields, 'cache-control': 'no-store' }), body);
}
