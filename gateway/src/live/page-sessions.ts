/**
 * Sessions of people who look at the page with a browser, where the port has a token: a browser cannot show a bearer token as
 * it goes to a page, so the token is given once, in a form, for a cookie that scripts cannot read, that no other site's page
 * can cause to be sent, and that ends. Kept in memory alone. Guessing is slow, and counted.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { collect } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange } from '../core/exchange.ts';
import { setCookie, soleCookie } from '../wire/cookies.ts';

export const SESSION_MS = 8 * 60 * 60 * 1_000;
const MAX_SESSIONS = 100;
const MAX_FORM_BYTES = 4_096;
/** How long a wrong token keeps whoever gave it waiting. */
const FAILURE_DELAY_MS = 500;
/** Wrong tokens within a window: of one address, and of all together. */
const MAX_FAILURES = 5;
const MAX_FAILURES_IN_ALL = 50;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 1_000;

export interface PageSessionsOptions {
  readonly clock: Clock;
  /** As it is now: sessions that another one opened are over. `undefined`: there is none. */
  readonly token: () => string | undefined;
}

interface Session {
  /** On the clock. */
  readonly endsAt: number;
  /** The digest of the token that opened it. */
  readonly token: Buffer;
}

export class PageSessions {
  readonly #clock: Clock;
  readonly #token: PageSessionsOptions['token'];
  /** By the digest of its cookie. */
  readonly #sessions = new Map<string, Session>();
  readonly #failures = new Map<string, number>();
  #failed = 0;
  #windowEndsAt = 0;

  constructor({ clock, token }: PageSessionsOptions) {
    this.#clock = clock;
    this.#token = token;
  }

  /** Whether there is anything to log in with. */
  get open(): boolean {
    return this.#token() !== undefined;
  }

  /**
   * The `set-cookie` of a new session for the token of the form that was sent. `undefined` where it is the wrong one. Throws
   * `rate_limited` after too many of those, `unsupported_media_type`, `payload_too_large`.
   */
  async logIn(exchange: Exchange): Promise<string | undefined> {
    this.#refuseGuessers(exchange.client.address);
    if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(exchange.headers.get('content-type') ?? ''))
      throw new FrontdeskError('unsupported_media_type');
    const form = await collect(exchange.body, MAX_FORM_BYTES, () => new FrontdeskError('payload_too_large'));
    // Many at once are no way around it: of those that came together only the first are heard.
    this.#refuseGuessers(exchange.client.address);
    const given = new URLSearchParams(Buffer.from(form).toString()).get('token') ?? '';
    const token = this.#digest();
    if (!token || !timingSafeEqual(digest(given.trim()), token)) {
      this.#noteFailure(exchange.client.address);
      await new Promise<void>((resolve) => this.#clock.after(FAILURE_DELAY_MS, resolve));
      return undefined;
    }
    const value = randomBytes(32).toString('base64url');
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(keyOf(value), { endsAt: this.#clock.now() + SESSION_MS, token });
    return setCookie(cookieOf(exchange), value, {
      secure: exchange.client.scheme === 'https',
      sameSite: 'Strict',
      maxAgeS: SESSION_MS / 1_000,
    });
  }

  /** Whether the request has a session that has not ended. */
  has(exchange: Exchange): boolean {
    const value = soleCookie(exchange.headers, cookieOf(exchange));
    if (value === undefined || value === '') return false;
    const key = keyOf(value);
    const session = this.#sessions.get(key);
    if (!session) return false;
    const token = this.#digest();
    if (session.endsAt > this.#clock.now() && token && timingSafeEqual(session.token, token)) return true;
    this.#sessions.delete(key);
    return false;
  }

  /** Ends the request's session. Returns the `set-cookie` that takes its cookie away. */
  logOut(exchange: Exchange): string {
    const name = cookieOf(exchange);
    this.#sessions.delete(keyOf(soleCookie(exchange.headers, name) ?? ''));
    return setCookie(name, '', {
      secure: exchange.client.scheme === 'https',
      sameSite: 'Strict',
      maxAgeS: 0,
    });
  }

  #digest(): Buffer | undefined {
    const token = this.#token();
    return token === undefined ? undefined : digest(token);
  }

  #refuseGuessers(address: string): void {
    const now = this.#clock.now();
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS;
      this.#failures.clear();
      this.#failed = 0;
    }
    if ((this.#failures.get(address) ?? 0) < MAX_FAILURES && this.#failed < MAX_FAILURES_IN_ALL) return;
    const seconds = Math.ceil((this.#windowEndsAt - now) / 1_000);
    throw new FrontdeskError('rate_limited', { headers: [['retry-after', String(seconds)]] });
  }

  #noteFailure(address: string): void {
    this.#failed += 1;
    if (this.#failures.size < MAX_ADDRESSES || this.#failures.has(address))
      this.#failures.set(address, (this.#failures.get(address) ?? 0) + 1);
  }
}

/** Cookies are of a host, not of a port: gateways on one machine must not take each other's away. */
function cookieOf({ host }: Exchange): string {
  const port = /:(\d{1,5})$/.exec(host)?.[1];
  return port === undefined ? 'frontdesk-admin' : `frontdesk-admin-${port}`;
}

function keyOf(value: string): string {
  return digest(value).toString('base64');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
