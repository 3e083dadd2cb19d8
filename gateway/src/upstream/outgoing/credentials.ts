/**
 * How the gateway proves itself to an upstream: a static header field, usually a secret from the environment, or a token
 * that an identity provider gives it (RFC 6749 §4.4) or gives it in exchange for the caller's (RFC 8693). How such tokens are
 * had is not this room's matter: it is handed the proofs (see call-proof.ts). A client certificate is the upstream's `tls`.
 */
import { z } from 'zod';
import type { HeaderFields } from '../../core/headers.ts';
import { oauthClientConfig } from '../../settings/oauth-client.ts';
import { SECRET } from '../../settings/secret.ts';
import { durationMs, fieldName, httpUrl } from '../../settings/settings.ts';

const fieldValue = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[\t\x20-\x7e]+$/, 'expected a header value: printable ASCII');

/** RFC 6750 §2.1. */
const bearerToken = z
  .string()
  .max(8192)
  .regex(/^[A-Za-z0-9\-._~+/]+=*$/, 'expected a token: letters, digits and -._~+/');

const basicConfig = z.strictObject({
  user: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^:\p{Cc}]+$/u, 'expected a user name without a colon (RFC 7617 §2)')
    .describe('The user name'),
  password: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[^\p{Cc}]+$/u, 'expected a password without control characters')
    .describe('The password; from the environment or a file')
    .meta(SECRET),
});

const scopeToken = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope (RFC 6749 §3.3)');

const grantShape = {
  issuer: httpUrl.optional().describe('The identity provider, whose metadata says where tokens are had'),
  tokenEndpoint: httpUrl.optional().describe('Where tokens are had; found by discovery without it'),
  discovery: httpUrl.optional().describe("Where the issuer's metadata is, if not below the issuer's own URL"),
  client: oauthClientConfig.describe('The gateway itself, as the provider knows it'),
  scopes: z
    .array(scopeToken)
    .max(64)
    .default([])
    .describe('Scopes to ask for; the provider’s own by default'),
  audience: z.string().min(1).max(1024).optional().describe('Whom tokens are for, by name'),
  resource: z
    .url()
    .max(1024)
    .refine((text) => !text.includes('#'), 'expected an absolute URI without a fragment (RFC 8707 §2)')
    .optional()
    .describe('Whom tokens are for, by absolute URI (RFC 8707)'),
  timeout: durationMs
    .refine((ms) => ms >= 50 && ms <= 10_000, 'expected 50ms to 10s')
    .prefault('2s')
    .describe('How long the provider may take; without a token calls are answered with 503'),
  defaultLifetime: durationMs
    .refine((ms) => ms >= 1000 && ms <= 86_400_000, 'expected 1s to 24h')
    .prefault('1m')
    .describe('How long a token is used of which the provider does not say how long it is good'),
};

interface Place {
  readonly issuer?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly discovery?: string | undefined;
}

function checkPlace({ issuer, tokenEndpoint, discovery }: Place, context: z.RefinementCtx): void {
  const fault = (path: string[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  if (tokenEndpoint !== undefined) {
    if (discovery !== undefined) fault(['discovery'], 'expected tokenEndpoint or discovery, not both');
  } else if (issuer === undefined) fault([], 'expected tokenEndpoint, or issuer to find it by discovery');
}

const oauthConfig = z.strictObject(grantShape).superRefine(checkPlace);

const exchangeConfig = z
  .strictObject({
    ...grantShape,
    actor: z
      .boolean()
      .default(false)
      .describe('Whether the gateway names itself as the actor, by a token of its own (RFC 8693 §2.1)'),
    withoutToken: z
      .enum(['refuse', 'client'])
      .default('refuse')
      .describe(
        'Callers who have no token, such as those with an API key: refused with 403, or spoken for by a token of the gateway’s own',
      ),
    maxTokens: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('How many exchanged tokens are kept; the one least recently used goes first'),
  })
  .superRefine(checkPlace);

const KINDS = ['header', 'bearer', 'basic', 'oauth', 'exchange'] as const;

export const credentialsConfig = z
  .strictObject({
    header: z
      .strictObject({
        name: fieldName.describe('Name of the field'),
        value: fieldValue.describe('Its value; from the environment or a file').meta(SECRET),
      })
      .optional()
      .describe('A field that is sent with every call'),
    bearer: bearerToken
      .optional()
      .describe('A bearer token that is sent with every call; from the environment or a file')
      .meta(SECRET),
    basic: basicConfig.optional().describe('User name and password that are sent with every call'),
    oauth: oauthConfig
      .optional()
      .describe("The gateway's own access token: client credentials (RFC 6749 §4.4)"),
    exchange: exchangeConfig
      .optional()
      .describe("An access token in exchange for the caller's: token exchange (RFC 8693)"),
  })
  .refine((config) => KINDS.filter((kind) => config[kind] !== undefined).length === 1, {
    message: `expected exactly one of ${KINDS.join(', ')}`,
  });

export type CredentialsConfig = z.output<typeof credentialsConfig>;
export type OauthConfig = z.output<typeof oauthConfig>;
export type ExchangeConfig = z.output<typeof exchangeConfig>;

export interface StaticField {
  readonly name: string;
  readonly value: string;
}

/** The field that says the same with every call; `undefined` where tokens are asked for. */
export function staticField({ header, bearer, basic }: CredentialsConfig): StaticField | undefined {
  if (header) return header;
  if (bearer !== undefined) return { name: 'authorization', value: `Bearer ${bearer}` };
  if (!basic) return undefined;
  const pair = Buffer.from(`${basic.user}:${basic.password}`).toString('base64');
  return { name: 'authorization', value: `Basic ${pair}` };
}

/** The name of the field that carries the gateway's credential. */
export function credentialField({ header }: CredentialsConfig): string {
  return header?.name ?? 'authorization';
}

/** Sets the gateway's credential, in place of whatever stands under that name. */
export function setCredential(headers: HeaderFields, { name, value }: StaticField): void {
  headers.set(name, value);
}
