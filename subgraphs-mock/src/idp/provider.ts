/** The OpenID provider's configuration: `oidc-provider` over the company's users. */
import { type Configuration, type JWK, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { User } from '../data/types.ts';
import { API_SCOPES, CLIENTS, INTROSPECTING_CLIENT, RESOURCE, resourceServerFor } from './clients.ts';
import { registerDemoGrant } from './demo-grant.ts';
import { INTERACTION_PATH } from './login.ts';

export interface ProviderOptions {
  readonly issuer: string;
  readonly users: ReadonlyMap<string, User>;
  /** The first one signs. */
  readonly keys: readonly JWK[];
  readonly adapter: NonNullable<Configuration['adapter']>;
  /** Signs the cookies of the login page. */
  readonly cookieKey: string;
}

const DEFAULT_TENANT = 'metro';
const HOUR_S = 3_600;

function textParam(ctx: KoaContextWithOIDC, name: string): string | undefined {
  const value = ctx.oidc.params?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Everything an application of ours asks for is granted: there is no page of consent. */
async function grantWhatIsAsked(provider: Provider, ctx: KoaContextWithOIDC) {
  const { client, session } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  grant.addResourceScope(RESOURCE, API_SCOPES.join(' '));
  await grant.save();
  return grant;
}

export function createProvider({ issuer, users, keys, adapter, cookieKey }: ProviderOptions): Provider {
  const provider: Provider = new Provider(issuer, {
    adapter,
    clients: CLIENTS,
    jwks: { keys: [...keys] },
    cookies: { keys: [cookieKey] },
    clientBasedCORS: () => true,
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    routes: { jwks: '/jwks', token: '/token', introspection: '/introspect', revocation: '/revoke' },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? HOUR_S,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? HOUR_S,
      Grant: 24 * HOUR_S,
      IdToken: HOUR_S,
      Interaction: HOUR_S,
      RefreshToken: 24 * HOUR_S,
      Session: 24 * HOUR_S,
    },
    interactions: { url: (_ctx, interaction) => `${INTERACTION_PATH}${interaction.uid}` },
    loadExistingGrant: (ctx) => grantWhatIsAsked(provider, ctx),
    findAccount(_ctx, id) {
      const user = users.get(id);
      if (!user) return undefined;
      const { name, email, username } = user;
      return {
        accountId: id,
        claims: () => ({ sub: id, name, email, preferred_username: username }),
      };
    },
    extraTokenClaims(ctx, token) {
      const user = 'accountId' in token ? users.get(token.accountId) : undefined;
      const roles =
        textParam(ctx, 'roles')?.split(' ') ?? user?.roles.map((role) => role.toLowerCase()) ?? [];
      return { roles, tenant: textParam(ctx, 'tenant') ?? DEFAULT_TENANT };
    },
    renderError(ctx, out) {
      ctx.type = 'application/problem+json';
      ctx.body = { type: 'about:blank', title: out.error, status: ctx.status, detail: out.error_description };
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) =>
          client.clientId === INTROSPECTING_CLIENT || client.clientId === token.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => client.clientId === token.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, _resource, client) => resourceServerFor(client.clientId),
      },
    },
  });
  registerDemoGrant(provider, (sub) => users.has(sub));
  return provider;
}
