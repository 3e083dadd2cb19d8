/** `auth.session`: logins of people at browsers, and what is kept of them here so that no token is kept there. */
import { z } from 'zod';
import { oauthClientConfig } from '../../settings/oauth-client.ts';
import { SECRET } from '../../settings/secret.ts';
import { durationMs, httpUrl } from '../../settings/settings.ts';
import { claimsConfig } from '../jwt/identity-of.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const COOKIE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const path = z
  .string()
  .regex(
    /^(\/[A-Za-z0-9._~-]+)+$/,
    'expected a path such as /auth: letters, digits, -, _, . and ~ between slashes, none at its end',
  );

const ownPath = z
  .string()
  .max(1024)
  .regex(/^\/(?![/\\])[!-[\]-~]*$/, 'expected a path of our own: one slash, no backslash, no spaces');

const publicClient = z.strictObject({
  id: z.string().min(1).max(256).describe('The client_id of the gateway'),
  method: z.literal('none').describe('A public client: it has no secret, and PKCE alone protects its codes'),
});

const cookieConfig = z
  .strictObject({
    name: z
      .string()
      .regex(COOKIE_NAME, 'expected letters, digits, - or _ (64 at most), without __Host-')
      .refine((text) => !text.startsWith('__'), 'expected a name without a prefix: __Host- is put before it')
      .default('frontdesk')
      .describe('Its name; over https __Host- is put before it'),
    sameSite: z
      .enum(['lax', 'strict'])
      .default('lax')
      .describe('With strict, whoever follows a link from elsewhere arrives as nobody'),
  })
  .prefault({})
  .describe('The one cookie that browsers keep: an id without meaning, HttpOnly, of this host alone');

const span = (least: number, most: number, words: string) =>
  durationMs.refine((ms) => ms >= least && ms <= most, `expected ${words}`);

export const sessionConfig = z
  .strictObject({
    issuer: httpUrl.describe('The OpenID provider at which people log in, to the letter of its metadata'),
    discovery: httpUrl.optional().describe("Where its metadata is, if not below the issuer's own URL"),
    origins: z
      .array(httpUrl.transform((url) => new URL(url).origin))
      .max(8)
      .default([])
      .describe('Where its metadata may put its endpoints and keys, beside the origin of the metadata'),
    client: z
      .union([publicClient, oauthClientConfig])
      .describe('The gateway itself, as the provider knows it'),
    origin: httpUrl
      .transform((url) => new URL(url).origin)
      .describe('Where browsers find this gateway, such as https://app.example'),
    path: path.default('/auth').describe('Below it are login, callback, logout and session'),
    scopes: z
      .array(z.string().regex(/^[!#-[\]-~]+$/, 'expected a scope: no spaces'))
      .default(['openid', 'profile', 'email', 'offline_access'])
      .refine((list) => list.includes('openid'), 'expected openid among them')
      .describe('What is asked for; offline_access mostly brings the refresh token'),
    audience: z
      .string()
      .min(1)
      .optional()
      .describe('The aud that access tokens must have, where claimsFrom is accessToken'),
    resource: z.string().min(1).optional().describe('For whom access tokens are asked for (RFC 8707)'),
    parameters: z
      .record(z.string().regex(/^[a-z_]{1,64}$/, 'expected a parameter name'), z.string().max(1024))
      .default({})
      .describe('Further parameters of the authorization request, such as prompt: consent'),
    claimsFrom: z
      .enum(['idToken', 'accessToken'])
      .default('idToken')
      .describe('Which token says who somebody is and what roles they have'),
    claims: claimsConfig.describe('Which claims hold roles and tenant'),
    visibleClaims: z
      .array(z.string().min(1).max(256))
      .max(64)
      .default(['sub', 'name', 'preferred_username', 'email'])
      .describe('What the page may read of them at /session'),
    cookie: cookieConfig,
    idle: span(MINUTE_MS, 30 * DAY_MS, '1m to 720h')
      .prefault('30m')
      .describe('A session that is not used for so long is over'),
    absolute: span(MINUTE_MS, 90 * DAY_MS, '1m to 2160h')
      .prefault('12h')
      .describe('A session is over after so long, however much it is used'),
    loginWithin: span(MINUTE_MS, 60 * MINUTE_MS, '1m to 1h')
      .prefault('10m')
      .describe('How long a login may take'),
    recheck: span(0, MINUTE_MS, 'at most 1m')
      .prefault('10s')
      .describe(
        'How long a process uses what it read of a session; logouts are told to it at once all the same',
      ),
    afterLogin: z
      .array(ownPath)
      .min(1)
      .max(64)
      .default(['/'])
      .describe('Below which paths a login may return; the first is where it goes without a wish'),
    afterLogout: ownPath.default('/').describe('Where a browser goes after its logout'),
    logoutAtIssuer: z
      .boolean()
      .default(true)
      .describe('Whether a logout goes on to the provider, where it has a place for that'),
    clearSiteData: z
      .boolean()
      .default(false)
      .describe(
        'Whether a logout has the browser forget what it keeps of this origin: storage and caches too',
      ),
    backChannelLogout: z
      .boolean()
      .default(false)
      .describe('Whether the provider may end sessions, by POST to /backchannel-logout'),
    trustedOrigins: z
      .array(httpUrl.transform((url) => new URL(url).origin))
      .max(32)
      .default([])
      .describe('Pages of other origins that may send changes with the session'),
    timeout: span(50, 10_000, '50ms to 10s')
      .prefault('5s')
      .describe('How long an answer of the provider may take'),
    keys: z
      .array(z.string().min(32, 'expected at least 32 characters').meta(SECRET))
      .min(1)
      .max(4)
      .describe(
        'Secrets by which sessions are encrypted, from the environment or a file: the first for new ones, the others while what they encrypted is in use',
      ),
  })
  .superRefine((config, context) => {
    const { origin, issuer, trustedOrigins, claimsFrom, audience, idle, absolute, afterLogin } = config;
    const own = config.path;
    const fault = (at: string, message: string) => context.addIssue({ code: 'custom', path: [at], message });
    for (const [at, text] of [
      ['origin', origin],
      ['issuer', issuer],
      // Whoever can change what comes over http could speak as that page.
      ...trustedOrigins.map((trusted) => ['trustedOrigins', trusted] as const),
    ] as const) {
      const { protocol, hostname } = new URL(text);
      if (protocol !== 'https:' && !LOOPBACK.has(hostname))
        fault(at, 'expected https: only on the loopback address can it be left out');
    }
    if (claimsFrom === 'accessToken' && audience === undefined)
      fault('audience', 'expected one, to verify access tokens by');
    if (idle > absolute) fault('idle', 'expected no more than absolute');
    if (afterLogin.some((prefix) => prefix === own || prefix.startsWith(`${own}/`)))
      fault('afterLogin', `expected paths outside ${own}`);
  });

export type SessionConfig = z.output<typeof sessionConfig>;

/** The session's cookie, as browsers know it. Cookies of logins under way begin with it, too. */
export function cookieName({ origin, cookie }: Pick<SessionConfig, 'origin' | 'cookie'>): string {
  return origin.startsWith('https:') ? `__Host-${cookie.name}` : cookie.name;
}
