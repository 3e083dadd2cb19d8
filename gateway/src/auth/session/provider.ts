/**
 * The OpenID provider, as this gateway uses it: where a login begins, codes and refresh tokens for tokens, revocation
 * (RFC 7009), where a logout goes on. Endpoints come from its metadata; it is called by upstreams of its own.
 */
import { createHash } from 'node:crypto';
import { FrontdeskError } from '../../core/errors.ts';
import { httpUrl } from '../../settings/settings.ts';
import type { IssuerMetadata } from '../jwt/issuer-metadata.ts';
import type { DocumentSource } from '../jwt/json-document.ts';
import { cannotTell } from '../refusal.ts';
import type { ClientFields } from '../to-backends/client-authentication.ts';
import type { SessionConfig } from './session-config.ts';
import { postForm } from './token-request.ts';

const DEFAULT_LIFETIME_S = 300;
const MAX_LIFETIME_S = 2_592_000;
const MAX_TOKEN_CHARS = 16_384;

export interface TokenSet {
  readonly accessToken: string;
  readonly lifetimeS: number;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** What was granted, where the provider says it. */
  readonly scope: string | undefined;
}

/** What a login asks for. */
export interface AuthorizationRequest {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The provider said no (RFC 6749 §5.2), and why: not that it could not answer. */
export class GrantRefused extends Error {
  override readonly name = 'GrantRefused';
}

export interface ProviderOptions {
  readonly config: Pick<
    SessionConfig,
    'issuer' | 'origin' | 'path' | 'scopes' | 'resource' | 'parameters' | 'timeout' | 'afterLogout'
  > & { readonly client: { readonly id: string } };
  readonly metadata: Pick<IssuerMetadata, 'endpoint' | 'member'>;
  readonly source: DocumentSource;
  /** The upstream that stands for an origin, with the gateway's credential. */
  readonly upstreamOf: (origin: string) => string;
  readonly fields: ClientFields;
}

export class Provider {
  readonly #options: ProviderOptions;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  get redirectUri(): string {
    const { origin, path } = this.#options.config;
    return `${origin}${path}/callback`;
  }

  /** Where the browser goes to log in. */
  async authorizationUrl({ state, nonce, verifier }: AuthorizationRequest): Promise<URL> {
    const { config, metadata } = this.#options;
    const url = await metadata.endpoint('authorization_endpoint');
    const asked: Record<string, string> = {
      ...config.parameters,
      ...(config.resource === undefined ? {} : { resource: config.resource }),
      response_type: 'code',
      client_id: config.client.id,
      redirect_uri: this.redirectUri,
      scope: config.scopes.join(' '),
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url;
  }

  /** Whether it says by `iss` whose answer an answer is (RFC 9207 §3): then one without is none. */
  async sendsIssuer(): Promise<boolean> {
    return (await this.#options.metadata.member('authorization_response_iss_parameter_supported')) === true;
  }

  exchange(code: string, verifier: string): Promise<TokenSet> {
    const { resource } = this.#options.config;
    return this.#grant({
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.redirectUri,
      code_verifier: verifier,
      ...(resource === undefined ? {} : { resource }),
    });
  }

  refresh(refreshToken: string): Promise<TokenSet> {
    return this.#grant({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  /** Revokes a refresh token, and by that its access tokens. Does nothing where the provider cannot. */
  async revoke(refreshToken: string): Promise<void> {
    const { metadata } = this.#options;
    if ((await metadata.member('revocation_endpoint')) === undefined) return;
    const endpoint = await metadata.endpoint('revocation_endpoint');
    const { status } = await this.#post(endpoint, { token: refreshToken, token_type_hint: 'refresh_token' });
    if (status !== 200) throw new FrontdeskError('upstream_invalid', { detail: `revocation: ${status}` });
  }

  /**
   * Where a logout goes on (OpenID Connect RP-Initiated Logout 1.0), without an ID token: it would pass through the
   * browser. `undefined` where the provider has no such place.
   */
  async logoutUrl(): Promise<URL | undefined> {
    const { metadata, config } = this.#options;
    if (!httpUrl.safeParse(await metadata.member('end_session_endpoint')).success) return undefined;
    const url = await metadata.endpoint('end_session_endpoint');
    url.searchParams.set('client_id', config.client.id);
    url.searchParams.set('post_logout_redirect_uri', config.origin + config.afterLogout);
    return url;
  }

  async #grant(form: Readonly<Record<string, string>>): Promise<TokenSet> {
    const endpoint = await this.#options.metadata.endpoint('token_endpoint');
    const { status, members } = await this.#post(endpoint, form);
    if (status === 200) return tokenSet(members);
    const { error } = members;
    const why = typeof error === 'string' ? error.slice(0, 64) : 'no reason';
    // Of its other refusals (invalid_client, unauthorized_client) the person and the session are not to blame.
    if (status === 400 && error === 'invalid_grant') throw new GrantRefused(why);
    throw cannotTell(`the identity provider gave no tokens: ${status}, ${why}`);
  }

  async #post(endpoint: URL, form: Readonly<Record<string, string>>) {
    const { config, source, upstreamOf, fields } = this.#options;
    const own = await fields(config.issuer);
    return postForm(source, {
      upstream: upstreamOf(endpoint.origin),
      path: endpoint.pathname + endpoint.search,
      form: { ...form, ...own },
      timeoutMs: config.timeout,
      label: 'session',
    });
  }
}

function tokenSet(members: Readonly<Record<string, unknown>>): TokenSet {
  const { token_type: type, expires_in: lifetime, scope } = members;
  const accessToken = tokenIn(members.access_token);
  if (accessToken === undefined || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new FrontdeskError('upstream_invalid', { detail: 'the identity provider gave no bearer token' });
  }
  const seconds = Number(lifetime);
  return {
    accessToken,
    lifetimeS: seconds > 0 ? Math.min(seconds, MAX_LIFETIME_S) : DEFAULT_LIFETIME_S,
    refreshToken: tokenIn(members.refresh_token),
    idToken: tokenIn(members.id_token),
    scope: typeof scope === 'string' ? scope : undefined,
  };
}

function tokenIn(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' && value.length <= MAX_TOKEN_CHARS) return value;
  throw new FrontdeskError('upstream_invalid', { detail: 'the identity provider gave an unusable token' });
}
