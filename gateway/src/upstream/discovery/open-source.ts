/** Makes the source that a configuration names. */
import type { DiscoverConfig } from './config.ts';
import { ConsulSource } from './consul.ts';
import { DnsSource } from './dns.ts';
import { EtcdSource } from './etcd.ts';
import { FileSource } from './file.ts';
import { KubernetesSource } from './kubernetes.ts';
import type { DiscoverySource, SourceParts } from './source.ts';
import { SrvSource } from './srv.ts';

export function openSource(config: DiscoverConfig, parts: SourceParts): DiscoverySource {
  if (config.dns) return new DnsSource(config.dns, parts);
  if (config.srv) return new SrvSource(config.srv, parts);
  if (config.kubernetes) return new KubernetesSource(config.kubernetes, parts);
  if (config.consul) return new ConsulSource(config.consul, parts);
  if (config.etcd) return new EtcdSource(config.etcd, parts);
  if (config.file) return new FileSource(config.file, parts);
  throw new TypeError('a discovery without a source');
}
