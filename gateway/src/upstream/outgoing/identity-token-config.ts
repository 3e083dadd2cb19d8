/** `upstreams.X.identityToken`: a signed statement of who asks, for a backend that does not trust the network alone. */
import { z } from 'zod';
import { durationMs, fieldName } from '../../settings/settings.ts';
import { requestFieldFault } from '../../wire/header-rules.ts';

const DEFAULT_IDENTITY_TOKEN_FIELD = 'x-identity-token';

/** Claims that say what the gateway says. */
const GATEWAYS_CLAIMS: ReadonlySet<string> = new Set([
  'iss',
  'aud',
  'sub',
  'iat',
  'nbf',
  'exp',
  'jti',
  'cnf',
  'act',
  'scope',
  'roles',
  'tenant',
  'consumer',
  'plan',
  'scheme',
]);

export const identityTokenConfig = z.strictObject({
  audience: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'The aud of its tokens, of which the backend must take no other; by default the name of the upstream',
    ),
  ttl: durationMs
    .refine((ms) => ms >= 5000 && ms <= 300_000, 'expected 5s to 5m')
    .prefault('60s')
    .describe(
      'How long a token is good; it may be sent for half of that, and is never good for longer than its caller',
    ),
  header: fieldName
    .superRefine((name, context) => {
      if (name === DEFAULT_IDENTITY_TOKEN_FIELD || name === 'authorization') return;
      const message = requestFieldFault(name);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .prefault('X-Identity-Token')
    .describe('The field that carries it; Authorization carries it as a bearer token'),
  claims: z
    .array(
      z
        .string()
        .min(1)
        .max(128)
        .refine(
          (claim) => !GATEWAYS_CLAIMS.has(claim),
          'expected a claim that the gateway does not set itself',
        ),
    )
    .max(32)
    .default([])
    .describe("Further claims of the caller's token that are told, where it has them"),
});

export type IdentityTokenConfig = z.output<typeof identityTokenConfig>;
