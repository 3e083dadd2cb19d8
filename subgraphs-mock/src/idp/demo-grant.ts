/**
 * The demo grant, `grant_type=urn:frontdesk:demo`: a token for any user without a browser, in place of the
 * password grant, which OAuth 2.1 has done away with. It takes `sub` (a user's id), `scope` (every API scope
 * where left out), `roles` (separated by spaces), `tenant`, and `expires_in` in seconds.
 */
import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider';
import { API_SCOPES, DEMO_GRANT, RESOURCE, resourceServerFor } from './clients.ts';

interface DemoParams {
  readonly sub?: string;
  readonly scope?: string;
  readonly roles?: string;
  readonly tenant?: string;
  readonly expires_in?: string;
}
const PARAMS = ['sub', 'scope', 'roles', 'tenant', 'expires_in'] as const;
const MAX_LIFETIME_S = 86_400;

export function registerDemoGrant(provider: Provider, isUser: (sub: string) => boolean): void {
  const handle = async (ctx: TokenEndpointGrantContext<DemoParams>) => {
    const { client, params } = ctx.oidc;
    const { sub } = params;
    if (sub === undefined || !isUser(sub)) throw new errors.InvalidRequest("'sub' must be the id of a user");
    const scope = grantedScope(params.scope);
    const grant = new provider.Grant({ accountId: sub, clientId: client.clientId });
    grant.addResourceScope(RESOURCE, scope);
    const token = new provider.AccessToken({
      accountId: sub,
      client,
      grantId: await grant.save(),
      gty: 'demo',
      resourceServer: new provider.ResourceServer(RESOURCE, resourceServerFor(client.clientId)),
      scope,
      expiresIn: lifetimeS(params.expires_in),
    });
    ctx.oidc.entity('AccessToken', token);
    const value = await token.save();
    ctx.body = { access_token: value, expires_in: token.expiration, token_type: token.tokenType, scope };
  };
  provider.registerGrantType<DemoParams>(DEMO_GRANT, handle, PARAMS);
}

const KNOWN_SCOPES: ReadonlySet<string> = new Set(API_SCOPES);

/** `openid` is let pass and dropped: there is no ID token here. */
function grantedScope(asked: string | undefined): string {
  const scopes = new Set(asked ? asked.split(' ') : API_SCOPES);
  scopes.delete('openid');
  for (const scope of scopes)
    if (!KNOWN_SCOPES.has(scope)) throw new errors.InvalidScope('no such scope', scope);
  return [...scopes].join(' ');
}

function lifetimeS(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX_LIFETIME_S) {
    throw new errors.InvalidRequest(`'expires_in' must be from 1 to ${MAX_LIFETIME_S} seconds`);
  }
  return value;
}
