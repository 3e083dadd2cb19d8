/** How callers prove who they are, as the OpenAPI documents of BFFs and of named operations say it. */
import { type AuthConfig, configuredSchemes } from '../auth/authenticator.ts';
import { anyOf, type RouteAuth, type SchemeName } from '../auth/route-auth.ts';
import { cookieName } from '../auth/session/session-config.ts';
import type { BffConfig } from '../config/bff.ts';
import type { Config } from '../config/schema.ts';
import type { OpenapiSecurity } from '../handlers/bff/openapi/bff-openapi.ts';

/** Of a BFF; every configured scheme where it names none. */
export function bffSecurity(
  { auth }: Pick<Config, 'auth'>,
  entry: Pick<BffConfig, 'auth'>,
): OpenapiSecurity | undefined {
  return openapiSecurity(auth, entry.auth ?? anyOf(configuredSchemes(auth)));
}

/** `undefined` where nobody is asked. */
export function openapiSecurity(
  config: AuthConfig,
  { schemes, require, anonymous }: RouteAuth,
): OpenapiSecurity | undefined {
  if (schemes.length === 0) return undefined;
  const described = Object.fromEntries(schemes.map((name) => [name, schemeOf(name, config)]));
  const each = schemes.map((name) => ({ [name]: [] }));
  const requirements = require === 'all' ? [Object.assign({}, ...each)] : each;
  return { schemes: described, requirements: anonymous ? [...requirements, {}] : requirements };
}

function schemeOf(name: SchemeName, config: AuthConfig): object {
  switch (name) {
    case 'jwt':
      return { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
    case 'introspection':
      return { type: 'http', scheme: 'bearer' };
    case 'basic':
      return { type: 'http', scheme: 'basic' };
    case 'apiKey':
      return { type: 'apiKey', in: 'header', name: config.apiKey?.header ?? 'x-api-key' };
    case 'mtls':
      return { type: 'mutualTLS' };
    case 'session':
      return { type: 'apiKey', in: 'cookie', name: config.session ? cookieName(config.session) : 'session' };
  }
}
