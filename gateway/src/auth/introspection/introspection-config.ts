/** `auth.introspection`: whom to ask about tokens that only their issuer can read, and as whom. */
import { z } from 'zod';
import { oauthClientConfig } from '../../settings/oauth-client.ts';
import { durationMs, httpUrl, sizeBytes } from '../../settings/settings.ts';
import { claimsConfig } from '../jwt/identity-of.ts';

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
    client: oauthClientConfig.describe('The gateway itself, as the provider knows it'),
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
