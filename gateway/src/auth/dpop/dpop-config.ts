/** `auth.dpop`: tokens that are bound to a key of the client's (RFC 9449). */
import { z } from 'zod';
import { SECRET } from '../../settings/secret.ts';
import { durationMs } from '../../settings/settings.ts';

/** Asymmetric ones alone (RFC 9449 §4.2): the key stands in the proof. */
const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

export const dpopConfig = z.strictObject({
  required: z
    .boolean()
    .default(false)
    .describe('Whether every token must be bound so; by default those that are not come as bearer tokens'),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .default(['ES256', 'EdDSA', 'Ed25519', 'PS256'])
    .describe('Signature algorithms of proofs; only asymmetric ones may be'),
  clockSkew: durationMs
    .refine((ms) => ms <= 300_000, 'expected at most 5m')
    .prefault('30s')
    .describe("How far a client's clock may be from ours"),
  maxAge: durationMs
    .refine((ms) => ms >= 1_000 && ms <= 600_000, 'expected 1s to 10m')
    .prefault('1m')
    .describe('How old a proof may be, since its iat; with nonce, that says how old it may be'),
  nonce: z
    .strictObject({
      secret: z
        .string()
        .min(32, 'expected at least 32 characters')
        .describe('From which nonces are made: the same on all nodes; from the environment or a file')
        .meta(SECRET),
      rotation: durationMs
        .refine((ms) => ms >= 10_000 && ms <= 3_600_000, 'expected 10s to 1h')
        .prefault('1m')
        .describe('How long a nonce is the newest; it is good for as long again'),
    })
    .optional()
    .describe(
      'Asks clients for a nonce of ours in each proof, so that none can be made beforehand; off by default',
    ),
  replay: z
    .strictObject({
      whenStoreIsGone: z
        .enum(['allow', 'deny'])
        .default('allow')
        .describe(
          'Without the state store: each process refuses what it has seen itself, or all proofs are answered with 503',
        ),
      maxKept: z
        .int()
        .min(1_000)
        .max(10_000_000)
        .default(200_000)
        .describe('Proofs that each process remembers, about 100 bytes each'),
    })
    .prefault({})
    .describe('How it is held that a proof is used once'),
});

export type DpopConfig = z.output<typeof dpopConfig>;
