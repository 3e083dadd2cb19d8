/** Where an identity provider's endpoints are: written in the configuration, or found by the issuer's metadata. */
import { IssuerMetadata, metadataBy, metadataUrls } from '../auth/jwt/issuer-metadata.ts';
import type { DocumentSource } from '../auth/jwt/json-document.ts';
import type { Clock } from '../core/clock.ts';

export interface ProviderPlace {
  readonly endpoint?: string | undefined;
  readonly issuer?: string | undefined;
  readonly discovery?: string | undefined;
}

/** Where the provider is: what its metadata says must be there too. */
export function providerOrigin({ endpoint, issuer = '', discovery }: ProviderPlace): string {
  const [first] = endpoint === undefined ? metadataUrls(issuer, discovery) : [new URL(endpoint)];
  return first?.origin ?? '';
}

export interface EndpointOptions {
  /** The member of the metadata, such as `token_endpoint`. */
  readonly member: string;
  /** How the metadata is asked for, and by which upstream: not the one that carries the gateway's credential. */
  readonly source: DocumentSource;
  readonly upstream: string;
  readonly clock: Clock;
}

export function providerEndpoint(
  { endpoint, issuer = '', discovery }: ProviderPlace,
  { member, source, upstream, clock }: EndpointOptions,
): () => Promise<URL> {
  if (endpoint !== undefined) {
    const known = new URL(endpoint);
    return async () => known;
  }
  const fetchMetadata = metadataBy(source, () => upstream);
  const metadata = new IssuerMetadata({ issuer, discovery, fetchMetadata, clock });
  return () => metadata.endpoint(member);
}
