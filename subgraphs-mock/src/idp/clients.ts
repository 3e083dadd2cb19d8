/**
 * Who may ask the identity provider for tokens. The secrets are for demonstration, and worth nothing: the
 * provider listens on the loopback address alone and knows only generated people.
 */
import type { ClientMetadata, ResourceServer } from 'oidc-provider';

/** The resource that tokens are for; `aud` says `frontdesk`. */
export const RESOURCE = 'urn:frontdesk';
const AUDIENCE = 'frontdesk';
export const DEMO_GRANT = 'urn:frontdesk:demo';

export const API_SCOPES = [
  'dashboard:read',
  'account:read',
  'account:write',
  'graph:read',
  'graph:write',
  'users:read',
  'orders:read',
  'orders:write',
  'trips:read',
  'rides:order',
  'reviews:read',
  'reviews:write',
  'recommendations:read',
  'analytics:read',
  'payments:read',
  'payments:write',
  'notifications:read',
  'notifications:write',
] as const;

/** The clients whose tokens are opaque, and so must be introspected. */
const OPAQUE_CLIENTS: ReadonlySet<string> = new Set(['opaque-backend']);

/** The client as which a gateway introspects the tokens of all others. */
export const INTROSPECTING_CLIENT = 'frontdesk-gateway';

const LOOPBACK_REDIRECTS = ['http://127.0.0.1/callback', 'http://localhost/callback'];

/** A person's device: no secret, so PKCE; the demo grant for those who have no browser at hand. */
function publicClient(clientId: string): ClientMetadata {
  return {
    client_id: clientId,
    client_name: clientId,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', DEMO_GRANT],
    response_types: ['code'],
    redirect_uris: LOOPBACK_REDIRECTS,
    scope: 'openid profile email offline_access',
  };
}

/** A server of a partner's, or one of ours. */
function confidentialClient(clientId: string, grantTypes: string[]): ClientMetadata {
  return {
    client_id: clientId,
    client_name: clientId,
    client_secret: `${clientId}-demo-secret`,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: grantTypes,
    response_types: [],
    redirect_uris: [],
  };
}

/** A gateway that logs people in for a web app, at any port of this machine. */
const SESSION_CLIENT: ClientMetadata = {
  client_id: 'web-gateway',
  client_name: 'web-gateway',
  client_secret: 'web-gateway-demo-secret',
  application_type: 'native',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/auth/callback', 'http://localhost/auth/callback'],
  post_logout_redirect_uris: ['http://127.0.0.1/', 'http://localhost/'],
  scope: 'openid profile email offline_access',
};

export const CLIENTS: ClientMetadata[] = [
  publicClient('mobile-app'),
  publicClient('web-app'),
  publicClient('demo-cli'),
  SESSION_CLIENT,
  confidentialClient('acme-backend', ['client_credentials', DEMO_GRANT]),
  confidentialClient('globex-backend', ['client_credentials', DEMO_GRANT]),
  confidentialClient('opaque-backend', ['client_credentials', DEMO_GRANT]),
  confidentialClient(INTROSPECTING_CLIENT, []),
];

const ACCESS_TOKEN_TTL_S = 3_600;

/** What a client's tokens for the API look like: signed ones, but for those clients whose tokens are opaque. */
export function resourceServerFor(clientId: string): ResourceServer {
  return {
    scope: API_SCOPES.join(' '),
    audience: AUDIENCE,
    accessTokenTTL: ACCESS_TOKEN_TTL_S,
    accessTokenFormat: OPAQUE_CLIENTS.has(clientId) ? 'opaque' : 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}
