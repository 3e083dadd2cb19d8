/** The gateway as an OAuth client of an identity provider: its id, and how it proves itself (OpenID Connect Core §9). */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { SECRET } from './secret.ts';

const ASSERTION_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'Ed25519'] as const;

const privateKeyPem = z.string().refine((text) => {
  try {
    createPrivateKey(text);
    return true;
  } catch {
    return false;
  }
}, 'expected a private key as PEM, without a passphrase; best by file: and its path');

export const oauthClientConfig = z
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
      .describe('Its secret, for the client_secret methods; from the environment or a file')
      .meta(SECRET),
    key: privateKeyPem
      .optional()
      .describe('Its private key as PEM, for private_key_jwt; by file: and its path')
      .meta(SECRET),
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

export type OauthClientConfig = z.output<typeof oauthClientConfig>;
