/** `upstreams.X.discover`: where its endpoints come from while it runs, and what holds when that is silent. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';
import { addressesConfig } from './address-guard.ts';
import { consulConfig } from './consul.ts';
import { dnsConfig } from './dns.ts';
import { etcdConfig } from './etcd.ts';
import { fileConfig } from './file.ts';
import { kubernetesConfig } from './kubernetes.ts';
import { srvConfig } from './srv.ts';

export const DISCOVERY_KINDS = ['dns', 'srv', 'kubernetes', 'consul', 'etcd', 'file'] as const;

export const discoverConfig = z
  .strictObject({
    dns: dnsConfig.optional().describe('The addresses of a host name'),
    srv: srvConfig.optional().describe('The targets of SRV records'),
    kubernetes: kubernetesConfig.optional().describe('The EndpointSlices of a service'),
    consul: consulConfig.optional().describe('The healthy instances of a service'),
    etcd: etcdConfig.optional().describe('Keys under a prefix'),
    file: fileConfig.optional().describe('A file that another program writes'),
    startWithin: durationMs
      .prefault('5s')
      .describe('How long a start or a reload waits for the first endpoints; after that it goes on without'),
    allowEmpty: z
      .boolean()
      .default(false)
      .describe('Whether an answer without any endpoint is believed; otherwise the last ones are kept'),
    maxStale: durationMs
      .optional()
      .describe('How long endpoints are kept that nobody confirms; by default for ever'),
    maxEndpoints: z.int().min(1).max(10_000).default(1_000).describe('More are left out'),
    addresses: addressesConfig.describe('Which addresses a registry may send calls to'),
  })
  .refine((config) => DISCOVERY_KINDS.filter((kind) => config[kind] !== undefined).length === 1, {
    message: `expected exactly one of ${DISCOVERY_KINDS.join(', ')}`,
  });

export type DiscoverConfig = z.output<typeof discoverConfig>;

/** Whether all endpoints that it finds would be called in the clear: where entries say it each by itself, nobody knows. */
export function isPlain({ dns, srv, kubernetes, consul }: DiscoverConfig): boolean {
  if (dns) return dns.url.startsWith('http://');
  return (srv ?? kubernetes ?? consul)?.scheme === 'http';
}
