/** `auth.jwt`: one issuer of tokens, or a list of them. */
import { z } from 'zod';
import { durationMs, httpUrl, sizeBytes } from '../../settings/settings.ts';
import { claimsConfig } from './identity-of.ts';
import { staticKeysConfig } from './key-set.ts';

/** Asymmetric ones alone: a secret that issuer and gateway share is no option here (RFC 8725 §3.1, §3.5). */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const MAX_ISSUERS = 32;

export const issuerConfig = z
  .strictObject({
    issuer: z.string().min(1).describe('The iss that tokens must have, to the letter'),
    name: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'expected a name: a letter, then letters, digits, -, _ or .')
      .optional()
      .describe('What metrics and logs call it; by default the issuer itself'),
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .describe('The aud that tokens must have, or a list of which they need one'),
    jwksUri: httpUrl
      .optional()
      .describe("Where the issuer's public keys are; without it and keys, they are found by discovery"),
    discovery: httpUrl
      .optional()
      .describe(
        "Where the issuer's metadata is, if not below the issuer's own URL (OpenID Connect Discovery, RFC 8414)",
      ),
    keys: staticKeysConfig
      .optional()
      .describe("The issuer's public keys themselves: a key set, or file: and a path to one or to a PEM"),
    keyOrigins: z
      .array(httpUrl.transform((url) => new URL(url).origin))
      .max(8)
      .default([])
      .describe('Where discovery may say that the keys are, beside the origin of the metadata'),
    algorithms: z
      .array(z.enum(TOKEN_ALGORITHMS))
      .min(1)
      .default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])
      .describe('Signature algorithms that are accepted; only asymmetric ones may be'),
    clockSkew: durationMs
      .refine((ms) => ms <= 300_000, 'expected at most 5m')
      .prefault('30s')
      .describe("How far the issuer's clock may be from ours"),
    maxAge: durationMs
      .optional()
      .describe('How old a token may be, whatever its exp says; it must have iat then. No limit by default'),
    requiredClaims: z
      .array(z.string().min(1))
      .default([])
      .describe('Claims beside iss, aud, sub and exp that a token must have'),
    types: z
      .array(z.string().min(1))
      .min(1)
      .default(['at+jwt', 'JWT'])
      .describe(
        'Values of the typ header that are accepted; JWT stands for none at all too. [at+jwt] is strictest (RFC 9068)',
      ),
    endsStreams: z
      .boolean()
      .default(true)
      .describe(
        'Whether a stream ends when the token expires that began it. `false` for an issuer that ends its streams itself, as a gateway in front of this one does, whose tokens live for a minute',
      ),
    maxTokenBytes: sizeBytes.prefault('8KiB').describe('A longer token is refused before it is decoded'),
    claims: claimsConfig.describe('Which claims hold roles and tenant'),
  })
  .superRefine((config, context) => {
    const sources = (['jwksUri', 'discovery', 'keys'] as const).filter((key) => config[key] !== undefined);
    const [, second] = sources;
    if (second !== undefined) {
      const message = `expected one of jwksUri, discovery and keys, not ${sources.join(' and ')}`;
      context.addIssue({ code: 'custom', path: [second], message });
    }
    if (sources.length === 0 && !httpUrl.safeParse(config.issuer).success) {
      const message = `expected jwksUri, discovery or keys: "${config.issuer}" is no URL below which metadata could be`;
      context.addIssue({ code: 'custom', path: ['issuer'], message });
    }
  });

export type IssuerConfig = z.output<typeof issuerConfig>;

/** What metrics, logs and upstreams call an issuer. */
export function issuerLabel({ name, issuer }: Pick<IssuerConfig, 'name' | 'issuer'>): string {
  return name ?? issuer;
}

export const jwtConfig = z
  .union([issuerConfig, z.array(issuerConfig).min(1).max(MAX_ISSUERS)])
  .transform((written) => (Array.isArray(written) ? written : [written]))
  .superRefine((issuers, context) => {
    const issuersSeen = new Set<string>();
    const labels = new Set<string>();
    issuers.forEach((issuer, i) => {
      const label = issuerLabel(issuer);
      if (issuersSeen.has(issuer.issuer)) {
        context.addIssue({ code: 'custom', path: [i, 'issuer'], message: 'this issuer is there already' });
      } else if (labels.has(label)) {
        context.addIssue({ code: 'custom', path: [i, 'name'], message: 'this name is there already' });
      }
      issuersSeen.add(issuer.issuer);
      labels.add(label);
    });
  });

export type JwtConfig = z.output<typeof jwtConfig>;
