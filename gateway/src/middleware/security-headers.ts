/**
 * `securityHeaders`: fields that tell browsers to be careful, on every answer, refusals included. What a backend says
 * itself stays, unless `force`. Our own problem documents never are a page, so nothing may be loaded or framed by one.
 */
import { z } from 'zod';
import type { Middleware, Reply } from '../core/exchange.ts';
import { durationMs, fieldName } from '../settings/settings.ts';
import { rememberNames } from '../wire/trust/trusted-fields.ts';

const off = z.literal('off');

const fieldText = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[\t\x20-\x7e]+$/, 'expected one line of ASCII');

const hsts = z.strictObject({
  maxAge: durationMs.prefault('365d').describe('How long browsers ask for https alone'),
  includeSubDomains: z.boolean().default(false).describe('Whether that holds for all names below the host'),
  preload: z.boolean().default(false).describe('Whether browsers may be delivered with it'),
});

const removable = z
  .string()
  .regex(/^[!#$%&'+.^_`|~0-9A-Za-z-]+\*?$/, 'expected a field name, or its beginning with a * behind it')
  .transform((text) => text.toLowerCase());

export const securityHeadersConfig = z
  .union([
    off,
    z.strictObject({
      contentTypeOptions: z
        .enum(['nosniff', 'off'])
        .default('nosniff')
        .describe('X-Content-Type-Options: a type is what it says'),
      hsts: z
        .union([off, hsts])
        .prefault({})
        .describe('Strict-Transport-Security, on answers over https alone'),
      frameOptions: z.enum(['DENY', 'SAMEORIGIN']).optional().describe('X-Frame-Options'),
      referrerPolicy: z
        .enum([
          'no-referrer',
          'no-referrer-when-downgrade',
          'origin',
          'origin-when-cross-origin',
          'same-origin',
          'strict-origin',
          'strict-origin-when-cross-origin',
          'unsafe-url',
        ])
        .optional()
        .describe('Referrer-Policy'),
      resourcePolicy: z
        .enum(['same-origin', 'same-site', 'cross-origin'])
        .optional()
        .describe('Cross-Origin-Resource-Policy'),
      openerPolicy: z
        .enum(['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups', 'unsafe-none'])
        .optional()
        .describe('Cross-Origin-Opener-Policy'),
      contentSecurityPolicy: fieldText
        .optional()
        .describe(
          "Content-Security-Policy of all answers; of our own refusals default-src 'none' in any case",
        ),
      permissionsPolicy: fieldText.optional().describe('Permissions-Policy'),
      more: z.record(fieldName, fieldText).default({}).describe('Further fields of every answer'),
      force: z.boolean().default(false).describe('Replaces what a backend says under these names'),
      remove: z
        .array(removable)
        .max(256)
        .default([])
        .describe(
          'Fields that leave with no answer, such as x-debug-*, beside those that tell of the inside of backends',
        ),
    }),
  ])
  .prefault({});

export type SecurityHeadersConfig = z.output<typeof securityHeadersConfig>;
type Settings = Exclude<SecurityHeadersConfig, 'off'>;

const REFUSAL_POLICY = "default-src 'none'; frame-ancestors 'none'";
const SWITCHING_PROTOCOLS = 101;
const HSTS = 'strict-transport-security';

/** `undefined` where nothing is to be said or taken away. */
export function securityHeaders(config: SecurityHeadersConfig): Middleware | undefined {
  if (config === 'off') return undefined;
  const fields = fieldsOf(config);
  const secureFields = config.hsts === 'off' ? fields : [...fields, [HSTS, hstsText(config.hsts)] as const];
  const { force } = config;
  const stays = config.remove.length > 0 ? keeper(config.remove) : undefined;
  return async (exchange, next) => {
    const reply = await next(exchange);
    if (reply.status === SWITCHING_PROTOCOLS) return reply;
    const { headers } = reply;
    if (stays) headers.filter(stays);
    for (const [name, value] of exchange.client.scheme === 'https' ? secureFields : fields) {
      if (!headers.has(name)) headers.append(name, value);
      else if (force) headers.set(name, value);
    }
    if (exchange.error && isProblem(reply)) headers.set('content-security-policy', REFUSAL_POLICY);
    return reply;
  };
}

function isProblem({ headers }: Reply): boolean {
  return headers.get('content-type') === 'application/problem+json';
}

function fieldsOf(config: Settings): readonly (readonly [name: string, value: string])[] {
  const { contentTypeOptions } = config;
  const said: readonly (readonly [string, string | undefined])[] = [
    ['x-content-type-options', contentTypeOptions === 'off' ? undefined : contentTypeOptions],
    ['x-frame-options', config.frameOptions],
    ['referrer-policy', config.referrerPolicy],
    ['cross-origin-resource-policy', config.resourcePolicy],
    ['cross-origin-opener-policy', config.openerPolicy],
    ['content-security-policy', config.contentSecurityPolicy],
    ['permissions-policy', config.permissionsPolicy],
    ...Object.entries(config.more),
  ];
  return said.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function hstsText({ maxAge, includeSubDomains, preload }: Exclude<Settings['hsts'], 'off'>): string {
  const parts = [`max-age=${Math.floor(maxAge / 1_000)}`];
  if (includeSubDomains) parts.push('includeSubDomains');
  if (preload) parts.push('preload');
  return parts.join('; ');
}

function keeper(names: readonly string[]): (name: string) => boolean {
  const whole = new Set(names);
  const starts = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return rememberNames((name) => !whole.has(name) && !starts.some((start) => name.startsWith(start)));
}
