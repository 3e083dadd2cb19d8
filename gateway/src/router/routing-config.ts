/**
 * What a configuration says once for all routes: how the type of a client, the version that it asks for and the tenant
 * for which it speaks are read from a request. Routes then name them: `clientType: mobile`, `version: "2"`.
 */
import { z } from 'zod';
import { fieldName, name } from '../settings/settings.ts';
import { parseHostPattern } from './host-pattern.ts';
import { valueMatchConfig } from './value-test.ts';

/** The conditions that need nothing but the request. */
export const requestConditionsShape = {
  headers: z
    .record(fieldName, valueMatchConfig)
    .optional()
    .describe('Header fields, by name: a text, { present: true }, { present: false } or { pattern: … }'),
  query: z
    .record(z.string().min(1), valueMatchConfig)
    .optional()
    .describe('Query parameters, decoded, by name: as headers'),
  cookies: z.record(z.string().min(1), valueMatchConfig).optional().describe('Cookies, by name: as headers'),
};

const clientTypeConfig = z
  .array(
    z
      .strictObject(requestConditionsShape)
      .refine(
        (conditions) => Object.values(conditions).some((some) => some && Object.keys(some).length > 0),
        {
          error: 'expected at least one of headers, query and cookies',
        },
      ),
  )
  .min(1)
  .describe('A request is of this type where all conditions of one entry hold');

const versionsConfig = z
  .strictObject({
    header: fieldName.optional().describe('The field that states the version; it is asked first'),
    acceptParam: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'expected the name of a media type parameter')
      .transform((text) => text.toLowerCase())
      .optional()
      .describe('The parameter of a media type in Accept that states it, such as version or v'),
    default: z.string().min(1).optional().describe('The version of a request that states none'),
  })
  .refine(({ header, acceptParam }) => header !== undefined || acceptParam !== undefined, {
    error: 'expected header or acceptParam, or both',
  });

const wildcardHost = z.string().transform((text, context) => {
  const host = parseHostPattern(text);
  if (host?.startsWith('*.')) return host;
  context.addIssue({ code: 'custom', message: `expected a host name such as *.example.com, not "${text}"` });
  return z.NEVER;
});

const tenantConfig = z
  .strictObject({
    header: fieldName.optional().describe('The field that states it'),
    host: wildcardHost.optional().describe('*.example.com: the label in place of the * states it'),
    param: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected the name of a path parameter')
      .optional()
      .describe('The path parameter that states it, such as tenant for /t/:tenant/*'),
  })
  .refine((from) => Object.values(from).filter((some) => some !== undefined).length === 1, {
    error: 'expected exactly one of header, host and param',
  });

export const routingConfig = z
  .strictObject({
    clientTypes: z
      .record(name, clientTypeConfig)
      .default({})
      .describe('Types of clients, by name; a request is of the first type that fits'),
    versions: versionsConfig.optional().describe('Where a request states the API version'),
    tenant: tenantConfig
      .optional()
      .describe('Where a request states its tenant; authentication confirms it afterwards'),
  })
  .prefault({});

export type RoutingConfig = z.output<typeof routingConfig>;
