/** `auth.identityTokens`: whose word the signed identity tokens are that upstreams get, and where its keys are published. */
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { SECRET } from '../../settings/secret.ts';

const MAX_KEYS = 8;

/** Of a private key it is the public one that counts here. */
function isEd25519(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

const keyPem = z
  .string()
  .refine(isEd25519, 'expected an Ed25519 key as PEM, without a passphrase; best by file: and its path');

export const identityTokensConfig = z.strictObject({
  issuer: z
    .string()
    .min(1)
    .max(256)
    .default('frontdesk')
    .describe('The iss of the tokens, which backends must compare; a URL of this gateway by custom'),
  keys: z
    .array(keyPem.meta(SECRET))
    .min(1)
    .max(MAX_KEYS)
    .refine((keys) => keys[0]?.includes('PRIVATE KEY') ?? false, {
      message: 'expected a private key: the first one signs',
      path: [0],
    })
    .optional()
    .describe(
      'Ed25519 keys as PEM: the first signs, all are published. Without them each process makes one for itself when it starts',
    ),
  publish: z
    .union([
      z
        .string()
        .max(256)
        .regex(/^\/[A-Za-z0-9._~/-]*$/, 'expected a path such as /.well-known/jwks.json'),
      z.literal(false),
    ])
    .default('/.well-known/jwks.json')
    .describe('The path on the public port where backends find the public keys; `false` for none'),
});

export type IdentityTokensConfig = z.output<typeof identityTokensConfig>;
