/** What registries do not say of their endpoints, and the configuration does. */
import net from 'node:net';
import { z } from 'zod';
import { dnsName } from './resolver.ts';

export const scheme = z.enum(['http', 'https']).default('http').describe('How endpoints are spoken to');

export const basePath = z
  .string()
  .regex(/^(\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*$/, 'expected a path such as /base, without a slash at its end')
  .default('')
  .describe('Put before the path of every call');

export const hostName = dnsName
  .optional()
  .describe('The name that endpoints are asked by, and their certificates are for');

/** A host as a URL writes it. */
export function urlHost(host: string): string {
  return net.isIPv6(host) ? `[${host}]` : host;
}
