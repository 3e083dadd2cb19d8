/**
 * A login at the browser: the authorization code flow with PKCE (RFC 7636, S256), `state` and `nonce`, each made anew and
 * bound to the browser by a sealed cookie of this one attempt, so that several tabs may log in side by side, and no answer
 * that another browser began is taken (RFC 9700 §4.7). An answer is good once, within its time, and only from the issuer
 * that was asked (RFC 9207).
 */
import { emptyBody, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import {
  type CookieSettings,
  cookieNames,
  loginCookiePrefix,
  setCookie,
  soleCookie,
} from '../../wire/cookies.ts';
import { GrantRefused, type Provider, type TokenSet } from './provider.ts';
import { decodedPath, returnPath } from './return-path.ts';
import type { Seal } from './seal.ts';
import type { SessionClaims } from './session-claims.ts';
import { cookieName, type SessionConfig } from './session-config.ts';
import { randomText, type SessionStore } from './session-store.ts';
import type { Sessions } from './sessions.ts';

/** Logins under way in one browser; older ones give way. */
const MAX_ATTEMPTS = 5;
const STATE_NAME_CHARS = 8;
/** The address holds a code, that of a failed login an unspent one: not even our own icon is asked for with it. */
const NO_REFERRER: readonly [name: string, value: string] = ['referrer-policy', 'no-referrer'];

export interface LoginOptions {
  readonly config: SessionConfig;
  readonly provider: Provider;
  readonly claims: SessionClaims;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Attempt {
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  /** Wall clock, ms. */
  readonly until: number;
}

export class Login {
  readonly #options: LoginOptions;
  readonly #cookie: string;
  readonly #secure: boolean;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#cookie = cookieName(options.config);
    this.#secure = options.config.origin.startsWith('https:');
  }

  /** Sends the browser to the provider. */
  readonly begin: Handler = async (exchange) => {
    const { config, provider, seal, clock } = this.#options;
    const asked = new URLSearchParams(exchange.query).get('return_to');
    const allowed = asked === null ? undefined : returnPath(asked, config.afterLogin);
    // A login that ends in a login would never end.
    const isOwn = allowed !== undefined && decodedPath(allowed).startsWith(`${config.path}/`);
    const returnTo = allowed === undefined || isOwn ? (config.afterLogin[0] ?? '/') : allowed;
    const [state, nonce, verifier] = [randomText(), randomText(), randomText()];
    const url = await provider.authorizationUrl({ state, nonce, verifier });
    const attempt: Attempt = { nonce, verifier, returnTo, until: clock.wall() + config.loginWithin };
    const fields = this.#fields(url.href);
    const maxAgeS = Math.floor(config.loginWithin / 1000);
    const sealed = seal.seal(JSON.stringify(attempt), state);
    for (const name of this.#tooMany(exchange.headers)) fields.append('set-cookie', this.#cleared(name));
    fields.append('set-cookie', setCookie(this.#attemptName(state), sealed, { ...this.#attempts, maxAgeS }));
    return makeReply(302, fields, emptyBody);
  };

  /** Takes the provider's answer. */
  readonly callback: Handler = async (exchange) => {
    const answer = new URLSearchParams(exchange.query);
    for (const name of ['state', 'code', 'iss', 'error'])
      if (answer.getAll(name).length > 1) throw malformed('a parameter is there twice');
    const state = answer.get('state') ?? '';
    const attempt = this.#attemptOf(exchange.headers, state);
    if (!attempt) throw malformed('no login of this browser is under way with this state');
    try {
      return await this.#conclude(exchange, answer, state, attempt);
    } catch (error) {
      throw this.#failed(error, state);
    }
  };

  async #conclude(
    exchange: Exchange,
    answer: URLSearchParams,
    state: string,
    attempt: Attempt,
  ): Promise<Reply> {
    const { config, store, claims, sessions, clock } = this.#options;
    await this.#checkIssuer(answer.get('iss'));
    const error = answer.get('error');
    if (error !== null) throw refusedLogin(error);
    const code = answer.get('code') ?? '';
    if (code === '') throw malformed('there is no code');
    if (!(await store.first(state, Math.max(1, attempt.until - clock.wall()))))
      throw malformed('this login is over');
    const tokens = await this.#tokensFor(code, attempt.verifier);
    const person = await claims.ofLogin(tokens, attempt.nonce);
    const cookie = await sessions.begin(tokens, attempt.nonce, (id, createdAt) =>
      claims.ofSession(person, id, createdAt),
    );
    await this.#replaceOld(exchange.headers);
    const fields = this.#fields(attempt.returnTo);
    const { sameSite } = config.cookie;
    fields.append('set-cookie', this.#cleared(this.#attemptName(state)));
    const settings = { secure: this.#secure, sameSite: sameSite === 'strict' ? 'Strict' : 'Lax' } as const;
    fields.append('set-cookie', setCookie(this.#cookie, cookie, settings));
    return sameSite === 'strict' ? steppingStone(fields) : makeReply(302, fields, emptyBody);
  }

  /** An answer that another issuer gave is not shown to this one (mix-up, RFC 9700 §4.4). */
  async #checkIssuer(iss: string | null): Promise<void> {
    const { config, provider } = this.#options;
    if (iss === null ? await provider.sendsIssuer() : iss !== config.issuer)
      throw malformed('the answer is not of the issuer that was asked');
  }

  async #tokensFor(code: string, verifier: string): Promise<TokenSet> {
    try {
      return await this.#options.provider.exchange(code, verifier);
    } catch (error) {
      throw error instanceof GrantRefused ? malformed('the code is not good') : error;
    }
  }

  /** What the browser had before is over: nobody may go on with an id that was known before the login. */
  async #replaceOld(headers: HeaderFields): Promise<void> {
    const { sessions, logger } = this.#options;
    const old = soleCookie(headers, this.#cookie);
    if (old === undefined || old === '') return;
    await sessions
      .end(old, 'replaced')
      .catch(() => logger.warn({}, 'a session that a login replaced could not be ended'));
  }

  #attemptOf(headers: HeaderFields, state: string): Attempt | undefined {
    const { seal, clock } = this.#options;
    if (state.length < STATE_NAME_CHARS) return undefined;
    const sealed = soleCookie(headers, this.#attemptName(state));
    const text = sealed === undefined ? undefined : seal.open(sealed, state);
    const attempt: unknown = text === undefined ? undefined : JSON.parse(text);
    return isAttempt(attempt) && attempt.until > clock.wall() ? attempt : undefined;
  }

  #failed(error: unknown, state: string): unknown {
    const cleared: [string, string] = ['set-cookie', this.#cleared(this.#attemptName(state))];
    if (!(error instanceof FrontdeskError)) return error;
    const { detail, code } = error;
    // A token of the provider's that does not hold is nothing that the person could mend.
    return new FrontdeskError(code === 'invalid_credentials' ? 'upstream_invalid' : code, {
      ...(detail === undefined ? {} : { detail }),
      ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
      headers: [...error.headers.filter(([name]) => name !== NO_REFERRER[0]), NO_REFERRER, cleared],
      members: { ...error.members, login: `${this.#options.config.path}/login` },
      cause: error,
    });
  }

  #attemptName(state: string): string {
    return loginCookiePrefix(this.#cookie) + state.slice(0, STATE_NAME_CHARS);
  }

  #tooMany(headers: HeaderFields): string[] {
    const prefix = this.#attemptName('');
    const names = [...new Set(cookieNames(headers).filter((name) => isAttemptName(name, prefix)))];
    return names.slice(0, Math.max(0, names.length - MAX_ATTEMPTS + 1));
  }

  /** The provider sends the browser back from another site: only with Lax does the cookie come along. */
  get #attempts(): CookieSettings {
    return { secure: this.#secure, sameSite: 'Lax' };
  }

  #cleared(name: string): string {
    return setCookie(name, '', { ...this.#attempts, maxAgeS: 0 });
  }

  #fields(location: string): HeaderFields {
    return HeaderFields.of({
      location,
      'cache-control': 'no-store',
      [NO_REFERRER[0]]: NO_REFERRER[1],
      'content-length': '0',
    });
  }
}

/**
 * A redirect in a chain that another site began brings no `SameSite=Strict` cookie; a page of ours that goes on by itself
 * does.
 */
function steppingStone(fields: HeaderFields): Reply {
  const target = (fields.get('location') ?? '/').replaceAll('&', '&amp;').replaceAll("'", '&#39;');
  const body = new WholeBody(
    `<!doctype html><meta charset="utf-8"><title>Signed in</title><meta http-equiv="refresh" content="0;url='${target}'">`,
  );
  fields.delete('location');
  fields.set('content-length', String(body.length));
  fields.set('content-type', 'text/html; charset=utf-8');
  return makeReply(200, fields, body);
}

function isAttemptName(name: string, prefix: string): boolean {
  return name.length === prefix.length + STATE_NAME_CHARS && name.startsWith(prefix);
}

function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== 'object' || value === null) return false;
  return 'until' in value && typeof value.until === 'number' && 'verifier' in value && 'nonce' in value;
}

function malformed(reason: string): FrontdeskError {
  const headers = [NO_REFERRER];
  return new FrontdeskError('bad_request', { detail: `login: ${reason}`, members: { reason }, headers });
}

/** What the provider may say (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6), for the page to read; nothing else is. */
const ANSWERS = [
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
  'server_error',
  'temporarily_unavailable',
];

function refusedLogin(error: string): FrontdeskError {
  const reason = ANSWERS.includes(error) ? error : 'refused';
  return new FrontdeskError('unauthenticated', { detail: `login: ${reason}`, members: { reason } });
}
