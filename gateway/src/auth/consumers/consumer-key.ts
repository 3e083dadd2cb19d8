/**
 * API keys as they are configured, and as requests meet them. A key is kept as its SHA-256 or, where there is a pepper
 * (`auth.apiKey.pepper`), as its HMAC-SHA-256 by that: then a copied configuration or store tells nothing of short keys of
 * another origin either. A key's own scopes narrow its plan's, and never widen them.
 */
import { createHmac, hash } from 'node:crypto';
import { z } from 'zod';
import type { Identity } from '../../core/identity.ts';
import { SECRET } from '../../settings/secret.ts';
import { name } from '../../settings/settings.ts';

function digestHex(what: string) {
  return z
    .string()
    .regex(
      /^[0-9a-fA-F]{64}$/,
      `expected the ${what} of a key in hex, as \`frontdesk keys create\` prints it`,
    )
    .transform((text) => text.toLowerCase());
}

/** A date, as wall clock in ms. */
export const instant = z.union([z.string(), z.date()]).transform((written, context) => {
  const at = written instanceof Date ? written.getTime() : Date.parse(written);
  if (Number.isFinite(at)) return at;
  context.addIssue({ code: 'custom', message: 'expected a date such as 2027-01-31 or 2027-01-31T12:00:00Z' });
  return z.NEVER;
});

export const consumerKeyConfig = z
  .strictObject({
    id: name.describe('Names the key in logs and commands'),
    sha256: digestHex('SHA-256')
      .optional()
      .describe('SHA-256 of the key in hex; the key itself is nowhere')
      .meta(SECRET),
    hmac: digestHex('HMAC-SHA-256')
      .optional()
      .describe('In place of sha256: HMAC-SHA-256 of the key by auth.apiKey.pepper, in hex')
      .meta(SECRET),
    notBefore: instant.optional().describe('When the key begins to work; at once by default'),
    expires: instant.optional().describe('When the key stops to work; never by default'),
    scopes: z
      .array(z.string().min(1))
      .optional()
      .describe("Of the plan's scopes those that this key has; all by default"),
  })
  .refine((key) => (key.sha256 === undefined) !== (key.hmac === undefined), {
    message: 'expected one of sha256 and hmac',
  });

export type ConsumerKeyConfig = z.output<typeof consumerKeyConfig>;

export interface KnownKey {
  readonly id: string;
  readonly digest: Buffer;
  readonly identity: Identity;
  /** Wall clock, ms; 0 for at once. */
  readonly notBefore: number;
  /** True once it was taken back: who remembers the key asks for it. */
  readonly gone: boolean;
  /** Wall clock, ms, of its last use here; 0 for none since that was told. */
  usedAt: number;
}

export interface KeyOwner {
  readonly id: string;
  readonly tenant: string | undefined;
  readonly plan: { readonly name: string; readonly scopes: ReadonlySet<string> } | undefined;
}

const noScopes: ReadonlySet<string> = new Set();
const noClaims: Readonly<Record<string, unknown>> = Object.freeze({});

/** A key with the identity that it proves, made once, so that a request with it makes none. */
export function knownKey(key: ConsumerKeyConfig, { id, tenant, plan }: KeyOwner): KnownKey {
  const identity: Identity = {
    subject: id,
    consumer: id,
    tenant,
    plan: plan?.name,
    scopes: scopesOf(key, plan?.scopes),
    roles: [],
    keyId: key.id,
    scheme: 'apiKey',
    claims: noClaims,
    expiresAt: key.expires ?? Number.POSITIVE_INFINITY,
  };
  const digest = Buffer.from(key.sha256 ?? key.hmac ?? '', 'hex');
  return { id: key.id, digest, identity, notBefore: key.notBefore ?? 0, gone: false, usedAt: 0 };
}

/** Without a plan there is nothing to narrow: the key's scopes are its own. */
function scopesOf(
  { scopes: own }: ConsumerKeyConfig,
  plan: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  if (!own) return plan ?? noScopes;
  return new Set(plan ? own.filter((scope) => plan.has(scope)) : own);
}

export function sha256Of(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

export function hmacOf(key: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(key).digest();
}
