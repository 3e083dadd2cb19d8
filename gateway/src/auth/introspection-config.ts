/** `auth.introspection`: whom to ask about tokens that only their issuer can read, and as whom. */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { durationMs, httpUrl, sizeBytes } from '../settings/settings.ts';
import { claimsConfig } from './identity-of.ts';

const ASSERTION_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'Ed25519'] as const;

const privateKeyPem = z.string().refine((text) => {
  try {
    createPrivateKey(text);
    return true;
  } catch {
    return false;
  }
}, 'expected a private key as PEM, without a passphrase; best by file: and its path');

const clientConfig = z
  .strictObject({
    id: z.string().min(1).max(256).describe('The client_id of the gateway itself'),
    method: z
      .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])
      .default('client_secret_basic')
      .describe('How the gateway proves itself (OpenID Connect Core §9)'),
    secret: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('Its secret, for the client_secret methods; from the environment or a file'),
    key: privateKeyPem
      .optional()
      .describe('Its private key as PEM, for private_key_jwt; by file: and its path'),
    keyId: z.string().min(1).max(256).optional().describe('The kid by which the provider knows that key'),
    algorithm: z
      .enum(ASSERTION_ALGORITHMS)
      .default('RS256')
      .describe('The algorithm with which that key signs'),
  })
  .superRefine(({ method, secret, key }, context) => {
    const [needed, given] = method === 'private_key_jwt' ? ['key', key] : ['secret', secret];
    if (given !== undefined) return;
    context.addIssue({ code: 'custom', path: [needed], message: `expected ${needed}, for ${method}` });
  });

export const introspectionConfig = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .optional()
      .describe('The iss that answers must have if they have one; without endpoint, where metadata is found'),
    endpoint: httpUrl.optional().describe('Where tokens are introspected; found by discovery without it'),
    discovery: httpUrl
      .optional()
      .describe("Where the issuer's metadata is, if not below the issuer's own URL"),
    client: clientConfig.describe('The gateway itself, as the provider knows it'),
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .describe('The aud that answers must have, or a list of which they need one. Not asked for by default'),
    requiredClaims: z.array(z.string().min(1)).default([]).describe('Members that an answer must have'),
    cacheTtl: durationMs
      .refine((ms) => ms <= 300_000, 'expected at most 5m')
      .prefault('30s')
      .describe(
        'How long an answer that a token is good is used again, but never past its exp: how long a token that is revoked at the provider may still pass',
      ),
    inactiveTtl: durationMs
      .refine((ms) => ms <= 60_000, 'expected at most 1m')
      .prefault('5s')
      .describe('How long an answer that a token is not good is used again'),
    timeout: durationMs
      .refine((ms) => ms >= 50 && ms <= 10_000, 'expected 50ms to 10s')
      .prefault('2s')
      .describe('How long an answer may take; without one requests are answered with 503'),
    maxTokenBytes: sizeBytes.prefault('4KiB').describe('A longer token is refused without asking'),
    claims: claimsConfig.describe('Which members hold roles and tenant'),
  })
  .superRefine(({ issuer, endpoint, discovery }, context) => {
    if (endpoint !== undefined && discovery !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['discovery'],
        message: 'expected endpoint or discovery, not both',
      });
    }
    if (endpoint !== undefined) return;
    if (issuer === undefined) {
      context.addIssue({ code: 'custom', message: 'expected endpoint, or issuer to find it by discovery' });
    } else if (discovery === undefined && !httpUrl.safeParse(issuer).success) {
      const message = 'expected endpoint or discovery: this issuer is no URL below which metadata could be';
      context.addIssue({ code: 'custom', path: ['issuer'], message });
    }
  });

export type IntrospectionConfig = z.output<typeof introspectionConfig>;
export type ClientConfig = IntrospectionConfig['client'];
